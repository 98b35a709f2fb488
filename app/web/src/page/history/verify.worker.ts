// Verifies an exported log beside the page, which stays quick meanwhile.

import { verifyLog, type Verdict } from "../../verify.ts";

addEventListener("message", ({ data }: MessageEvent<string>) => {
  const verdict: Verdict = verifyLog(data.split("\n").filter(Boolean));
  postMessage(verdict);
});
