// One CodeMirror editor, bound to the source of one cell. What others did comes in beside the undo
// history, so that undo takes back one's own changes alone.

import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  isolateHistory,
  undoDepth,
} from "@codemirror/commands";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import {
  Annotation,
  ChangeSet,
  Compartment,
  EditorState,
  Text,
  Transaction,
  type Extension,
} from "@codemirror/state";
import {
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  type Command,
  type ViewUpdate,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { carets } from "./carets.ts";
import type { Ask } from "./kernel-help.ts";

/** What an editor tells the cell around it. */
export interface EditorEvents {
  readonly typed: (changes: ChangeSet) => void;
  readonly moved: (anchor: number, head: number) => void;
  readonly focused: () => void;
  /** The caret leaves the text: -1 upwards, 1 downwards. True if it has where to go. */
  readonly left: (direction: -1 | 1) => boolean;
  /** Take back what its person did to this text from beside the editor, if that was their last. */
  readonly undoBeside: () => boolean;
}

export interface EditorOptions {
  readonly source: string;
  readonly label: string;
  readonly hint: string;
  readonly nonce: string;
  readonly language: Extension;
  readonly readOnly: boolean;
  /** How the kernel is asked; null where there is none to ask, as for notes. */
  readonly ask: Ask | null;
  readonly events: EditorEvents;
}

const fromElsewhere = Annotation.define<boolean>();
const language = new Compartment();
const access = new Compartment();
const aids = new Compartment();
const numbers = new Compartment();
/** How much there was to undo here when its person changed the text from beside the editor. */
const beside = new WeakMap<EditorView, number[]>();
const aided = new WeakSet<EditorView>();

/** An editor in this element. */
export function openEditor(parent: HTMLElement, options: EditorOptions): EditorView {
  const { events } = options;
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: Text.of(options.source.split("\n")),
      extensions: [
        EditorView.cspNonce.of(options.nonce),
        EditorState.lineSeparator.of("\n"),
        EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false" }),
        EditorView.lineWrapping,
        highlightSpecialChars(),
        history(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        syntaxHighlighting(classHighlighter),
        carets,
        aids.of([]),
        numbers.of([]),
        placeholder(options.hint),
        keymap.of([
          { key: "ArrowUp", run: leave(events, -1) },
          { key: "ArrowDown", run: leave(events, 1) },
          { key: "Mod-z", run: (view) => undoBeside(view, events) },
          ...historyKeymap,
          indentWithTab,
          ...defaultKeymap,
        ]),
        language.of(options.language),
        access.of(accessOf(options.readOnly)),
        EditorView.updateListener.of((update) => tell(update, events)),
        EditorView.domEventHandlers({ focus: (_, view) => void aid(view, options.ask) }),
      ],
    }),
  });
}

/** What helps to write is loaded once somebody does. Without a network it comes another time. */
async function aid(view: EditorView, ask: Ask | null): Promise<void> {
  if (aided.has(view)) return;
  aided.add(view);
  try {
    const { writingAids } = await import("./aids.ts");
    view.dispatch({ effects: aids.reconfigure(writingAids(ask)) });
  } catch {
    aided.delete(view);
  }
}

/** Take in what others did, or its own person from beside the editor. */
export function takeIn(view: EditorView, changes: ChangeSet, own = false): void {
  if (own) beside.set(view, [...(beside.get(view) ?? []), undoDepth(view.state)]);
  view.dispatch({
    changes,
    annotations: [
      fromElsewhere.of(true),
      Transaction.addToHistory.of(false),
      ...(own ? [isolateHistory.of("full")] : []),
    ],
  });
}

/** What was done from beside the editor is taken back there, in its turn. */
function undoBeside(view: EditorView, events: EditorEvents): boolean {
  const before = beside.get(view) ?? [];
  const depth = undoDepth(view.state);
  if (depth > 0 && before.at(-1) !== depth) return false;
  const done = events.undoBeside();
  beside.set(view, before.slice(0, -1)); // without what that did from beside in turn
  return done;
}

/** Make the editor show this text, if it does not. */
export function showSource(view: EditorView, source: string): void {
  const shown = view.state.doc;
  const wanted = Text.of(source.split("\n"));
  if (shown.eq(wanted)) return;
  takeIn(view, ChangeSet.of({ from: 0, to: shown.length, insert: wanted }, shown.length));
}

export function setLanguage(view: EditorView, extension: Extension): void {
  view.dispatch({ effects: language.reconfigure(extension) });
}

export function setLines(view: EditorView, on: boolean): void {
  view.dispatch({ effects: numbers.reconfigure(on ? lineNumbers() : []) });
}

export function setReadOnly(view: EditorView, readOnly: boolean): void {
  view.dispatch({ effects: access.reconfigure(accessOf(readOnly)) });
}

function accessOf(readOnly: boolean): Extension {
  return [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];
}

function tell(update: ViewUpdate, events: EditorEvents): void {
  for (const transaction of update.transactions) {
    if (!transaction.docChanged || transaction.annotation(fromElsewhere)) continue;
    events.typed(transaction.changes);
  }
  if (update.focusChanged && update.view.hasFocus) events.focused();
  if (update.selectionSet || (update.focusChanged && update.view.hasFocus)) {
    const { anchor, head } = update.state.selection.main;
    events.moved(anchor, head);
  }
}

function leave(events: EditorEvents, direction: -1 | 1): Command {
  return (view) => {
    const { main } = view.state.selection;
    if (!main.empty) return false;
    const moved = view.moveVertically(main, direction > 0);
    const line = view.state.doc.lineAt(main.head);
    const edge = direction < 0 ? line.number === 1 : line.number === view.state.doc.lines;
    const stays =
      moved.head === main.head ||
      (edge &&
        view.state.doc.lineAt(moved.head).number === line.number &&
        Math.abs(
          (view.coordsAtPos(moved.head)?.top ?? 0) - (view.coordsAtPos(main.head)?.top ?? 0),
        ) < 2);
    return edge && stays && events.left(direction);
  };
}
