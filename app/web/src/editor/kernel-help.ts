// What the kernel knows, in the editor: completion by Tab or Ctrl-Space, inspection by Shift-Tab.

import {
  acceptCompletion,
  autocompletion,
  startCompletion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, keymap, showTooltip, tooltips, type Tooltip } from "@codemirror/view";
import type { Answer, Question } from "../generated.ts";

export type Ask = (question: Question) => Promise<Answer>;

const TYPES: Readonly<Record<string, string>> = {
  function: "function",
  class: "class",
  module: "namespace",
  keyword: "keyword",
  instance: "variable",
  statement: "variable",
  param: "property",
  property: "property",
};

/** The extension that asks. */
export function kernelHelp(ask: Ask): Extension {
  return [
    autocompletion({
      override: [(context) => completions(ask, context)],
      activateOnTyping: false,
      icons: false,
    }),
    inspection,
    // A cell is drawn within its bounds: what floats over it stands outside of it.
    tooltips({ parent: document.body, position: "fixed" }),
    keymap.of([
      { key: "Tab", run: (view) => acceptCompletion(view) || complete(view) },
      { key: "Shift-Tab", run: (view) => inspect(ask, view) },
      { key: "Escape", run: (view) => hide(view) },
    ]),
  ];
}

/** Whether there is something to complete: Tab at the start of a line is a Tab. */
function complete(view: EditorView): boolean {
  const { main } = view.state.selection;
  const before = view.state.sliceDoc(Math.max(0, main.head - 1), main.head);
  return main.empty && /[\w.'"/\\]/.test(before) && startCompletion(view);
}

async function completions(ask: Ask, context: CompletionContext): Promise<CompletionResult | null> {
  const code = context.state.doc.toString();
  const answer = await ask({ question: "complete", code, cursor: context.pos });
  if (answer.answer !== "completions" || context.aborted) return null;
  const options = answer.matches.map(({ text, type }) => ({
    label: text,
    ...(type ? { type: TYPES[type] ?? "text", detail: type } : {}),
  }));
  return { from: answer.start, to: answer.end, options, validFor: /^\w*$/ };
}

const show = StateEffect.define<Tooltip | null>();

const inspection = StateField.define<Tooltip | null>({
  create: () => null,
  update(shown, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});

function inspect(ask: Ask, view: EditorView): boolean {
  const { head, empty } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  if (!empty || !view.state.sliceDoc(line.from, head).trim()) return false; // it is for indenting
  const code = view.state.doc.toString();
  void ask({ question: "inspect", code, cursor: head }).then((answer) => {
    if (view.state.doc.toString() !== code) return;
    view.dispatch({ effects: show.of({ pos: head, above: false, create: () => drawn(answer) }) });
  });
  return true;
}

function drawn(answer: Answer): { dom: HTMLElement } {
  const dom = document.createElement("pre");
  dom.className = "cm-inspection";
  dom.tabIndex = 0;
  if (answer.answer === "inspection") dom.textContent = answer.found ? (answer.text ?? "") : "Nothing is known of this.";
  else dom.textContent = answer.answer === "none" ? answer.reason : "";
  return { dom };
}

function hide(view: EditorView): boolean {
  if (!view.state.field(inspection, false)) return false;
  view.dispatch({ effects: show.of(null) });
  return true;
}
