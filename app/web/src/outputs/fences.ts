// Code within notes and messages, coloured as in cells where its language is known.

import { classHighlighter, highlightCode } from "@lezer/highlight";
import { languageOf } from "../editor/language.ts";

const ALSO_CALLED = new Map([
  ["py", "python"],
  ["sh", "bash"],
  ["zsh", "bash"],
  ["js", "javascript"],
  ["json", "javascript"],
  ["ts", "typescript"],
  ["md", "markdown"],
]);
const LONGEST = 50_000;

/** Colour the code of an element; in a language that nobody knows it stays as it is. */
export async function colour(element: HTMLElement, named: string): Promise<void> {
  const source = element.textContent ?? "";
  if (source.length > LONGEST) return;
  const language = ALSO_CALLED.get(named) ?? named;
  await languageOf("code", language).loading;
  const { support } = languageOf("code", language);
  if (!support) return;
  const pieces: (string | HTMLElement)[] = [];
  const put = (text: string, classes: string): void => {
    if (!classes) return void pieces.push(text);
    const piece = document.createElement("span");
    piece.className = classes;
    piece.textContent = text;
    pieces.push(piece);
  };
  const tree = support.language.parser.parse(source);
  highlightCode(source, tree, classHighlighter, put, () => put("\n", ""));
  element.replaceChildren(...pieces);
}
