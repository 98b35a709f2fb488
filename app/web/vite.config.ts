// How the app is built and tested. The frame's scripts are built by build.ts.

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  html: { cspNonce: "%NONCE%" },
  build: { target: "es2024", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: { format: "es" },
  test: { include: ["test/*.test.ts"] },
});
