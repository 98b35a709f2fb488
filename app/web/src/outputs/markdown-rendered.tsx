// Markdown to nodes: parsed by marked, cleaned by DOMPurify, formulas drawn by KaTeX where there are.

import DOMPurify from "dompurify";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { useLayoutEffect, useRef } from "react";
import type { Attachments } from "../generated.ts";
import { textOf } from "./value.ts";
import { persistently } from "../later.ts";

const marked = new Marked({
  gfm: true,
  extensions: [
    math("blockMath", "block", /^\$\$([\s\S]+?)\$\$(?:\n|$)/, /\$\$/),
    math("displayMath", "inline", /^\$\$([\s\S]+?)\$\$/, /\$\$/),
    math("inlineMath", "inline", /^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/, /\$/),
  ],
});

function math(
  name: string,
  level: "block" | "inline",
  whole: RegExp,
  start: RegExp,
): TokenizerAndRendererExtension {
  const display = name !== "inlineMath";
  return {
    name,
    level,
    start: (text) => text.search(start),
    tokenizer(text) {
      const found = whole.exec(text);
      return found ? { type: name, raw: found[0], text: found[1] ?? "" } : undefined;
    },
    renderer: (token) =>
      `<span class="formula${display ? " formula-display" : ""}">${escaped(String(token["text"]))}</span>`,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export default function Rendered({
  text,
  attachments,
}: {
  text: string;
  attachments: Attachments;
}) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const fragment = clean(marked.parse(text, { async: false }));
    finish(fragment, attachments);
    place.current?.replaceChildren(fragment);
    const formulas = place.current?.querySelectorAll<HTMLElement>(".formula") ?? [];
    if (formulas.length > 0) void draw([...formulas]);
  }, [text, attachments]);
  return <div ref={place} className="markdown" />;
}

function clean(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "button", "textarea", "select", "audio", "video"],
    FORBID_ATTR: ["style", "action", "formaction", "ping", "srcset"],
    SANITIZE_NAMED_PROPS: true,
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Links open elsewhere and tell nobody where they were; images come from the cell itself. */
function finish(fragment: DocumentFragment, attachments: Attachments): void {
  for (const link of fragment.querySelectorAll("a[href]")) {
    if (link.getAttribute("href")?.startsWith("#")) continue;
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  for (const input of fragment.querySelectorAll("input")) {
    if (input.type !== "checkbox") input.remove();
    input.disabled = true;
    input.setAttribute("aria-label", input.checked ? "done" : "to do");
  }
  for (const image of fragment.querySelectorAll("img")) {
    image.loading = "lazy";
    const name = image.getAttribute("src")?.replace(/^attachment:/, "") ?? "";
    const [found] = Object.entries(attachments[decodeURIComponent(name)] ?? {});
    if (found && !found[1].blob) image.src = `data:${found[0]};base64,${textOf(found[1].json)}`;
  }
  for (const table of fragment.querySelectorAll("table")) table.tabIndex = 0;
}

async function draw(formulas: readonly HTMLElement[]): Promise<void> {
  const { drawFormula } = await persistently(() => import("./formula.ts"));
  for (const formula of formulas) {
    drawFormula(formula, formula.textContent ?? "", formula.classList.contains("formula-display"));
  }
}
