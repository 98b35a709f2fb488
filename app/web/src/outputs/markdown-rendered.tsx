// Markdown to nodes: parsed by marked, cleaned by DOMPurify, formulas drawn by KaTeX where there are.

import DOMPurify from "dompurify";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { useLayoutEffect, useRef } from "react";
import type { Attachments } from "../generated.ts";
import { persistently } from "../later.ts";
import {
  type Formula,
  formulaOfNote,
  formulaOnOwnLines,
  nextOnOwnLines,
  nextWithin,
} from "./formulas.ts";
import { textOf, valueOf } from "./value.ts";

const ATTACHMENT = "attachment:";

const marked = new Marked({
  gfm: true,
  // An address of a scheme that nobody knows is cleaned away; a fragment is not.
  walkTokens: (token) => {
    if (token.type === "image" && String(token["href"]).startsWith(ATTACHMENT)) {
      token["href"] = `#${String(token["href"])}`;
    }
  },
  // On lines of its own a formula may hold what would else be a list or a heading.
  extensions: [
    formulas("formulaOnOwnLines", "block", nextOnOwnLines, formulaOnOwnLines),
    formulas("formula", "inline", nextWithin, formulaOfNote),
  ],
});

function formulas(
  name: string,
  level: "block" | "inline",
  start: (text: string) => number,
  at: (text: string) => Formula | null,
): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start,
    tokenizer(text) {
      const found = at(text);
      return found ? { type: name, ...found } : undefined;
    },
    renderer: ({ tex, display }) =>
      `<span class="formula${display ? " formula-display" : ""}">${escaped(String(tex))}</span>`,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const OWN_LOOKS = new Set(["formula", "formula-display"]);

export default function Rendered({
  text,
  attachments,
  notebookId,
}: {
  text: string;
  attachments: Attachments;
  notebookId: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const fragment = clean(marked.parse(text, { async: false }));
    finish(fragment);
    const release = showAttached(fragment, attachments, notebookId);
    place.current?.replaceChildren(fragment);
    const formulas = place.current?.querySelectorAll<HTMLElement>(".formula") ?? [];
    if (formulas.length > 0) void draw([...formulas]);
    const fences = place.current?.querySelectorAll<HTMLElement>("code[data-language]") ?? [];
    if (fences.length > 0) void colourAll([...fences]);
    return release;
  }, [text, attachments, notebookId]);
  return <div ref={place} className="markdown" />;
}

function clean(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      ...["style", "form", "button", "textarea", "select", "label", "dialog", "audio", "video"],
    ],
    FORBID_ATTR: [
      ...["style", "action", "formaction", "ping", "srcset", "for", "accesskey", "tabindex"],
      ...["popover", "popovertarget", "popovertargetaction"],
    ],
    SANITIZE_NAMED_PROPS: true,
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Links open elsewhere and tell nobody where they were. No word of a note has the looks of the page
 *  around it. */
function finish(fragment: DocumentFragment): void {
  for (const code of fragment.querySelectorAll<HTMLElement>("pre > code")) {
    const language = /^language-(\S+)$/.exec(code.className)?.[1];
    if (language) code.dataset["language"] = language.toLowerCase();
  }
  for (const styled of fragment.querySelectorAll("[class]")) {
    const own = [...styled.classList].filter((name) => OWN_LOOKS.has(name));
    styled.className = own.join(" ");
  }
  for (const link of fragment.querySelectorAll("[href]")) {
    if (link.getAttribute("href")?.startsWith("#")) continue;
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  for (const input of fragment.querySelectorAll("input")) {
    if (input.type !== "checkbox") input.remove();
    input.disabled = true;
    input.setAttribute("aria-label", input.checked ? "done" : "to do");
  }
  for (const image of fragment.querySelectorAll("img")) image.loading = "lazy";
  for (const table of fragment.querySelectorAll("table")) table.tabIndex = 0;
}

/** Images that the cell carries. The returned function lets go of them. */
function showAttached(
  fragment: DocumentFragment,
  attachments: Attachments,
  notebookId: string,
): () => void {
  const addresses: string[] = [];
  let gone = false;
  for (const image of fragment.querySelectorAll(`img[src^="#${ATTACHMENT}"]`)) {
    const name = decoded(image.getAttribute("src")?.slice(ATTACHMENT.length + 1) ?? "");
    image.removeAttribute("src");
    const [found] = Object.entries(Object.hasOwn(attachments, name) ? attachments[name]! : {});
    if (!found) continue;
    const [mime, value] = found;
    if (!value.blob) image.setAttribute("src", `data:${mime};base64,${textOf(value.json)}`);
    else {
      void valueOf(notebookId, value).then(({ bytes }) => {
        if (gone || !bytes) return;
        const address = URL.createObjectURL(new Blob([bytes], { type: mime }));
        addresses.push(address);
        image.setAttribute("src", address);
      });
    }
  }
  return () => {
    gone = true;
    for (const address of addresses) URL.revokeObjectURL(address);
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a % of its own
  }
}

async function colourAll(fences: readonly HTMLElement[]): Promise<void> {
  const { colour } = await persistently(() => import("./fences.ts"));
  for (const code of fences) void colour(code, code.dataset["language"] ?? "");
}

async function draw(formulas: readonly HTMLElement[]): Promise<void> {
  const { drawFormula } = await persistently(() => import("./formula.ts"));
  for (const formula of formulas) {
    drawFormula(formula, formula.textContent ?? "", formula.classList.contains("formula-display"));
  }
}
