// Starts the page.

import { CSPProvider } from "@base-ui/react/csp-provider";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./style.css";
import { App } from "./app.tsx";
import { askForNewer, keepPage } from "./keeping.ts";
import { link, sendLeft } from "./loop.ts";
import { nonce } from "./nonce.ts";
import { lookAgain, recognise } from "./person.ts";
import { applyTheme } from "./theme.ts";

applyTheme();
void recognise();
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
  if (link.connection === "signed out") void lookAgain(true);
});
document.addEventListener("visibilitychange", () => void lookAgain(false));
sendLeft().catch(() => {}); // a browser that keeps nothing has nothing left
