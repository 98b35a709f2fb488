// The carets and selections of others in one editor. They move along with what is typed around them.

import { StateEffect, StateField, type Range } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

/** Where somebody is in the text of a cell. */
export interface Caret {
  readonly id: string;
  readonly name: string;
  readonly hue: number;
  readonly anchor: number;
  readonly head: number;
}

const put = StateEffect.define<readonly Caret[]>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(carets, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(put)) return drawn(effect.value, transaction.state.doc.length);
    }
    return carets.map(transaction.changes);
  },
  provide: (carets) => EditorView.decorations.from(carets),
});

/** The extension that shows them. */
export const carets = field;

/** Show these carets, and no others. */
export function showCarets(view: EditorView, shown: readonly Caret[]): void {
  view.dispatch({ effects: put.of(shown) });
}

function drawn(shown: readonly Caret[], length: number): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const caret of shown) {
    const head = Math.min(caret.head, length);
    const anchor = Math.min(caret.anchor, length);
    const hue = `hue-${caret.hue}`;
    if (anchor !== head) {
      const selection = Decoration.mark({ class: `cm-other-selection ${hue}` });
      ranges.push(selection.range(Math.min(anchor, head), Math.max(anchor, head)));
    }
    ranges.push(Decoration.widget({ widget: new Flag(caret), side: 1 }).range(head));
  }
  return Decoration.set(ranges, true);
}

class Flag extends WidgetType {
  readonly #caret: Caret;

  constructor(caret: Caret) {
    super();
    this.#caret = caret;
  }

  override eq(other: Flag): boolean {
    return other.#caret.id === this.#caret.id && other.#caret.head === this.#caret.head;
  }

  override toDOM(): HTMLElement {
    const flag = document.createElement("span");
    flag.className = `cm-other-caret hue-${this.#caret.hue}`;
    flag.setAttribute("aria-hidden", "true");
    const name = document.createElement("span");
    name.className = "cm-other-name";
    name.textContent = this.#caret.name;
    flag.append("\u2060", name, "\u2060");
    return flag;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
