// What the keys of a text do. The editor has them itself, for what they do depends on where the caret
// is; here they stand to be found, and are pressed for whoever asks for them by name.

import type { Action, Context } from "./action.ts";

const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** Press a key in the text of the cell in focus, once the caret is there. */
function pressed({ view }: Context, key: string, how: KeyboardEventInit): void {
  const { cell_id } = view.looking;
  view.go(cell_id, "edit");
  requestAnimationFrame(() => {
    const text = document.querySelector(`#cell-${CSS.escape(cell_id ?? "")} .cm-content`);
    const asked = { key, bubbles: true, cancelable: true, ...how };
    text?.dispatchEvent(new KeyboardEvent("keydown", asked));
  });
}

const mod: KeyboardEventInit = MAC ? { metaKey: true } : { ctrlKey: true };

const KEYS: readonly (readonly [
  id: string,
  title: string,
  keys: string,
  key: string,
  how: KeyboardEventInit,
])[] = [
  ["complete", "Complete what is written, or indent", "Tab", "Tab", { keyCode: 9 }],
  ["inspect", "Say what is known of it, or indent less", "Shift-Tab", "Tab", { shiftKey: true }],
  ["comment", "Make lines comments, or code again", "Mod-/", "/", mod],
  ["indent", "Indent", "Mod-]", "]", mod],
  ["dedent", "Indent less", "Mod-[", "[", mod],
  ["undo-text", "Take back what I wrote", "Mod-z", "z", mod],
  ["redo-text", "Write it again", "Mod-Shift-z", "Z", { ...mod, shiftKey: true, keyCode: 90 }],
];

export const textCommands: readonly Action[] = KEYS.map(([id, title, keys, key, how]) => ({
  id,
  title,
  group: "Text",
  keys: [keys],
  mode: "edit",
  elsewhere: true,
  run: (context) => pressed(context, key, how),
}));
