// Marks what was found where it is drawn. It colours ranges of the document and changes nothing in
// it, so that editors, notes and outputs need not know; what is not drawn is marked when it comes.

import { EditorView } from "@codemirror/view";
import { spansIn, type Match } from "../../notebook/find.ts";

const ALL = "found";
const HERE = "found-here";
/** More at once nobody reads, and each costs. */
const MOST = 5_000;

/** The marks of one search. */
export class Marks {
  readonly #observer = new MutationObserver(() => this.#soon());
  #pattern: RegExp | null = null;
  #outputs = true;
  #here: Match | null = null;
  #wanted: Match | null = null;
  #frame = 0;

  /** Mark what the pattern matches, and one match before all others. */
  show(pattern: RegExp | null, outputs: boolean, here: Match | null): void {
    this.#pattern = pattern;
    this.#outputs = outputs;
    this.#here = here;
    this.#soon();
  }

  /** Bring a match into sight, now or once it is drawn. */
  reveal(match: Match): void {
    this.#wanted = match;
    const cell = document.getElementById(`cell-${match.cell_id}`);
    cell?.scrollIntoView({ block: "nearest" });
    this.#soon();
  }

  /** Follow what is drawn until the returned function is called. */
  follow(root: Element): () => void {
    this.#observer.observe(root, { childList: true, characterData: true, subtree: true });
    return () => {
      this.#observer.disconnect();
      cancelAnimationFrame(this.#frame);
      for (const name of [ALL, HERE]) CSS.highlights?.delete(name);
    };
  }

  #soon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const all: Range[] = [];
    let here: Range | null = null;
    for (const row of document.querySelectorAll<HTMLElement>(".cells [data-cell-id]")) {
      for (const [place, ranges] of this.#rangesIn(row)) {
        const mine = this.#here?.cell_id === row.dataset["cellId"] && this.#here?.output === place;
        // A note that is read says less than its source: then it is the last that there is.
        if (mine) here = ranges[Math.min(this.#here?.number ?? 0, ranges.length - 1)] ?? null;
        if (all.length < MOST) all.push(...ranges);
      }
    }
    if (CSS.highlights) {
      CSS.highlights.set(ALL, new Highlight(...all));
      CSS.highlights.set(HERE, new Highlight(...(here ? [here] : [])));
    }
    if (here && this.#wanted && this.#wanted === this.#here) {
      this.#wanted = null;
      scrollTo(here);
    }
  }

  /** The ranges in a cell, by the place of the output in which they stand; null is its source. */
  #rangesIn(row: HTMLElement): readonly (readonly [number | null, readonly Range[]])[] {
    const pattern = this.#pattern;
    if (!pattern) return [];
    const outputs = this.#outputs ? [...row.querySelectorAll(".outputs > *")] : [];
    return [
      [null, rangesOfSource(row, pattern)],
      ...outputs.map((output, place) => [place, rangesOfText(output, pattern)] as const),
    ];
  }
}

function rangesOfSource(row: HTMLElement, pattern: RegExp): readonly Range[] {
  const content = row.querySelector<HTMLElement>(".cm-content");
  const editor = content ? EditorView.findFromDOM(content) : null;
  if (!editor) {
    const text = row.querySelector(".static-source, .note, .folded-source");
    return text ? rangesOfText(text, pattern) : [];
  }
  const { viewport } = editor;
  return spansIn(editor.state.doc.toString(), pattern).map(([from, to]) => {
    const range = document.createRange();
    // What is out of an editor's own sight has no place in the document: it has an empty range.
    if (to < viewport.from || from > viewport.to) return range;
    const [start, end] = [editor.domAtPos(from), editor.domAtPos(to)];
    range.setStart(start.node, start.offset);
    range.setEnd(end.node, end.offset);
    return range;
  });
}

function rangesOfText(root: Element, pattern: RegExp): readonly Range[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: { readonly node: Text; readonly at: number }[] = [];
  let text = "";
  let block: Element | null = null;
  for (let node = walker.nextNode(); node instanceof Text; node = walker.nextNode()) {
    const own: Element | null = node.parentElement?.closest(BLOCKS) ?? root;
    if (text && own !== block) text += "\n";
    block = own;
    nodes.push({ node, at: text.length });
    text += node.data;
  }
  return spansIn(text, pattern).flatMap(([from, to]) => {
    const first = nodes.findLast(({ at }) => at <= from);
    const last = nodes.findLast(({ at }) => at < to);
    if (!first || !last) return [];
    const range = document.createRange();
    range.setStart(first.node, Math.min(from - first.at, first.node.length));
    range.setEnd(last.node, Math.min(to - last.at, last.node.length));
    return [range];
  });
}

const BLOCKS = "p, li, td, th, pre, h1, h2, h3, h4, h5, h6, blockquote, div";

/** Sideways and up or down, within what scrolls itself too. */
function scrollTo(range: Range): void {
  const box = range.getBoundingClientRect();
  if (box.width === 0 && box.height === 0) return;
  const scroller = range.startContainer.parentElement?.closest(".output-text, .data-table");
  if (scroller) {
    const outer = scroller.getBoundingClientRect();
    if (box.top < outer.top || box.bottom > outer.bottom) {
      scroller.scrollTop += box.top - outer.top - outer.height / 2;
    }
  }
  const { top, bottom } = range.getBoundingClientRect();
  if (top < 160 || bottom > innerHeight - 48) scrollBy(0, top - innerHeight / 2);
}
