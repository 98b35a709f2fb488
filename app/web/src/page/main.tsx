// Starts the page.

import { CSPProvider } from "@base-ui/react/csp-provider";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./style.css";
import { App } from "./app.tsx";
import { askForNewer, keepPage } from "./keeping.ts";
import { link } from "./loop.ts";
import { nonce } from "./nonce.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
const root = document.getElementById("page");
if (!root) throw new Error("The document has no place for the page.");
createRoot(root).render(
  <StrictMode>
    <CSPProvider nonce={nonce}>
      <App />
    </CSPProvider>
  </StrictMode>,
);
keepPage(() => link.outdated());
link.watch(() => {
  if (link.connection === "live") askForNewer();
});
