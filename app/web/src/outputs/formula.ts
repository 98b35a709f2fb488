// Formulas, drawn by KaTeX. Loaded only where there are some.

import * as katex from "katex";
import "katex/dist/katex.min.css";

/** Not among KaTeX's types: the formula before it is made of elements. */
const { __renderToDomTree: treeOf } = katex as unknown as {
  __renderToDomTree: (tex: string, options: katex.KatexOptions) => Tree;
};

const OPTIONS: katex.KatexOptions = {
  throwOnError: false,
  trust: false,
  strict: "ignore",
  maxExpand: 500,
  maxSize: 50,
};
const STYLE = "data-style";

/** Draw a formula into an element; one that cannot be read is shown as it is written. */
export function drawFormula(element: HTMLElement, tex: string, display: boolean): void {
  try {
    const tree = treeOf(tex, { ...OPTIONS, displayMode: display });
    setAside(tree);
    const node = tree.toNode();
    for (const styled of node.querySelectorAll<HTMLElement | SVGElement>(`[${STYLE}]`)) {
      styled.style.cssText = styled.getAttribute(STYLE) ?? "";
      styled.removeAttribute(STYLE);
    }
    element.replaceChildren(node);
  } catch {
    element.textContent = tex;
  }
}

interface Tree {
  readonly attributes?: Record<string, string>;
  readonly children?: readonly Tree[];
  toNode(): HTMLElement;
}

/** A style written as an attribute is refused by the page's policy; set by script it is not. */
function setAside({ attributes, children }: Tree): void {
  const style = attributes?.["style"];
  if (attributes && style !== undefined) {
    attributes[STYLE] = style;
    delete attributes["style"];
  }
  children?.forEach(setAside);
}
