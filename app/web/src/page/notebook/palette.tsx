// The command palette: every action by a few letters of its name.

import { Dialog } from "@base-ui/react/dialog";
import { useId, useState, type KeyboardEvent } from "react";
import type { Action, Context } from "./action.ts";
import { ACTIONS } from "./commands.ts";
import { shownKeys } from "./keyboard.ts";
import "./palette.css";

export default function Palette({
  close,
  context,
}: {
  readonly close: () => void;
  readonly context: Context;
}) {
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" finalFocus={false}>
          <Dialog.Title className="sr-only">Find a command</Dialog.Title>
          <Search close={close} context={context} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Search({ close, context }: { readonly close: () => void; readonly context: Context }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = ACTIONS.filter((one) => one.id !== "palette" && fits(one, typed));
  const chosen = found[Math.min(at, found.length - 1)];
  const run = (one: Action | undefined): void => {
    close();
    if (!one) return;
    const { cell_id } = context.view.looking;
    // The focus goes back to the cell first, so that what the command does finds it there.
    context.view.go(cell_id, context.view.looking.mode);
    one.run(context);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt((before) => Math.min(before + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt((before) => Math.max(before - 1, 0));
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className="palette-field"
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
        placeholder="What do you want to do?"
        value={typed}
        autoFocus
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <ul id={id} role="listbox" aria-label="Commands" className="palette-list">
        {found.map((one) => (
          <li
            key={one.id}
            id={`${id}-${one.id}`}
            role="option"
            aria-selected={one === chosen}
            ref={one === chosen ? show : null}
            onClick={() => run(one)}
          >
            <span>{one.title}</span>
            {one.keys?.[0] ? <kbd>{shownKeys(one.keys[0]).join(" ")}</kbd> : null}
          </li>
        ))}
        {found.length === 0 ? (
          <li role="option" aria-selected="false" aria-disabled="true">
            No command has these letters.
          </li>
        ) : null}
      </ul>
    </>
  );
}

function show(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: "nearest" });
}

/** Whether the words typed all stand in the title, in any order. */
function fits({ title }: Action, typed: string): boolean {
  const text = title.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
