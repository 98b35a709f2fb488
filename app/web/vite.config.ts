// How the app is built and tested. The frame's scripts are built by build.ts.

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const FIRST = new RegExp(
  [
    "src/(replica|reducer)/",
    "src/notebook/(cells|kernel|headings)",
    "src/wire/(calls|problem|follow|sse)",
    "src/(state|generated|text|draft|canonical|reducer|order|events|later)\\.ts",
    "src/page/notebook/(cell-commands|undoing|view|selection|folds)\\.ts",
    "node_modules/(react|react-dom|scheduler)/",
    "node_modules/@codemirror/(state|view|language|commands)/",
    "node_modules/@lezer/(common|highlight|lr|python)/",
  ].join("|"),
);

export default defineConfig({
  plugins: [react(), tailwindcss()],
  html: { cspNonce: "%NONCE%" },
  build: {
    target: "es2024",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the page begins with is packed together, also what later parts need too.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", test: FIRST }] } } },
  },
  worker: { format: "es" },
  test: { include: ["test/*.test.ts"] },
});
