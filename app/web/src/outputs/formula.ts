// Formulas, drawn by KaTeX. Loaded only where there are some.

import katex from "katex";
import "katex/dist/katex.min.css";

/** Draw a formula into an element; one that cannot be read is shown as it is written. */
export function drawFormula(element: HTMLElement, tex: string, display: boolean): void {
  try {
    katex.render(tex, element, {
      displayMode: display,
      throwOnError: false,
      trust: false,
      strict: "ignore",
      maxExpand: 500,
    });
  } catch {
    element.textContent = tex;
  }
}
