// From key presses to actions, for one notebook. Two keys of a sequence (D D) must follow closely.

import type { Action, Context } from "./action.ts";
import { ACTIONS } from "./commands.ts";
import type { Mode } from "./view.ts";

const SEQUENCE_MS = 800;
const OWN_KEYS = "input, textarea, select, aside, [data-own-keys]";
/** What Space itself presses: not what only a click brought the focus to. */
const PRESSED = ":is(button, a, summary, [role=button]):not([tabindex='-1'])";
const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** Understands one person's key presses. */
export class Keyboard {
  #before = "";
  #at = 0;

  /** The action that this key press asks for. */
  actionOf(event: KeyboardEvent, mode: Mode): Action | null {
    if (event.isComposing) return null;
    const key = nameOf(event);
    const sequence = event.timeStamp - this.#at < SEQUENCE_MS ? `${this.#before} ${key}` : "";
    const found = find(sequence, mode) ?? find(key, mode);
    this.#before = found ? "" : key;
    this.#at = event.timeStamp;
    return found;
  }
}

/**
 * Do what a key press asks for. In a field or a panel, and where the cells are not shown (`aside`),
 * only what concerns the whole notebook counts, and in a dialog or menu nothing does.
 */
export function press(
  keyboard: Keyboard,
  event: KeyboardEvent,
  context: Context,
  aside = false,
): boolean {
  const { target } = event;
  if (target instanceof Element && target.closest("[role=dialog], [role=menu]")) return false;
  if (event.key === "Escape" && document.querySelector(".cm-tooltip")) return false;
  const found = keyboard.actionOf(event, context.view.looking.mode);
  if (!found) return false;
  const elsewhere =
    aside || (target instanceof Element && target.closest(OWN_KEYS));
  const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
  if (event.key === " " && target instanceof Element && target.closest(PRESSED)) return false;
  if (elsewhere && (found.group !== "Notebook" || found.mode || typed)) return false;
  event.preventDefault();
  event.stopPropagation();
  found.run(context);
  return true;
}

function find(key: string, mode: Mode): Action | null {
  if (!key) return null;
  const fits = ({ mode: its }: Action): boolean =>
    its ? its === mode : mode === "command" || key.length > 1;
  return ACTIONS.find((one) => !one.elsewhere && fits(one) && one.keys?.includes(key)) ?? null;
}

/** `Mod` is the command key on Apple's machines, else Control. */
function nameOf(event: KeyboardEvent): string {
  const { key } = event;
  const letter = key.length === 1 ? key.toLowerCase() : key;
  // What only Shift makes of a key (`?`) is named by what it gives.
  const shift =
    event.shiftKey && (key.length > 1 || /[a-z ]/i.test(key) || event.ctrlKey || event.metaKey);
  const modifier = MAC ? event.metaKey : event.ctrlKey;
  const control = MAC && event.ctrlKey;
  return [
    modifier ? "Mod" : "",
    control ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    shift ? "Shift" : "",
    letter === " " ? "Space" : letter,
  ]
    .filter(Boolean)
    .join("-");
}

const ARROWS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** Keys as people read them. */
export function shownKeys(keys: string): readonly string[] {
  const words: Readonly<Record<string, string>> = MAC
    ? { Mod: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧", Enter: "↵", ...ARROWS }
    : { Mod: "Ctrl", Enter: "Enter", ...ARROWS };
  return keys
    .split(/[ ]|-(?!$)/)
    .map((part) => words[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
