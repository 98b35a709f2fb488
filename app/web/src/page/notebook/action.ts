// What a command of a notebook is, and what it acts on.

import type { Session } from "../../replica/session.ts";
import type { Folds } from "./folds.ts";
import type { Mode, View } from "./view.ts";

export type Panel =
  | "palette"
  | "keys"
  | "outline"
  | "variables"
  | "history"
  | "assistant"
  | "people"
  | "find"
  | "replace"
  | "kept";

/** What a command acts on. */
export interface Context {
  readonly session: Session;
  readonly view: View;
  readonly folds: Folds;
  readonly open: (panel: Panel) => void;
}

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly group: "Run" | "Cells" | "Text" | "Move" | "Fold" | "Notebook";
  /** Keys as `Mod-Shift-x`; two letters apart by a space are pressed one after the other. */
  readonly keys?: readonly string[];
  /** In which mode the keys count; both if left out, but a character by itself in no text. */
  readonly mode?: Mode;
  /** Its keys are understood already, by the editor or the browser: they are only shown. */
  readonly elsewhere?: boolean;
  readonly run: (context: Context) => void;
}
