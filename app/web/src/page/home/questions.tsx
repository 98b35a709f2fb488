// What the list asks before it does something: a new title, and whether to delete for good.

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog } from "@base-ui/react/dialog";
import { useState, type FormEvent } from "react";
import type { NotebookSummary } from "../../generated.ts";
import { erase, rename } from "./actions.ts";
import type { RowProps } from "./row.tsx";

interface Props {
  readonly notebook: NotebookSummary;
  readonly act: RowProps["act"];
  readonly close: () => void;
}

export function RenameQuestion({ notebook, act, close }: Props) {
  const [title, setTitle] = useState(notebook.title);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = title.trim();
    close();
    if (wanted && wanted !== notebook.title) act(notebook, (one) => rename(one, wanted));
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog question">
          <form onSubmit={submit} className="grid gap-3">
            <Dialog.Title>Rename the notebook</Dialog.Title>
            <input
              className="field"
              aria-label="Title"
              maxLength={200}
              autoFocus
              value={title}
              onFocus={(event) => event.target.select()}
              onChange={(event) => setTitle(event.target.value)}
            />
            <div className="question-buttons">
              <Dialog.Close className="button">Cancel</Dialog.Close>
              <button type="submit" className="button button-accent" disabled={!title.trim()}>
                Rename
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function DeleteQuestion({ notebook, act, close }: Props) {
  const { title, cells, running = 0 } = notebook;
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog question">
          <AlertDialog.Title>Delete “{title || "Untitled"}” for good?</AlertDialog.Title>
          <AlertDialog.Description>
            Its {cells === 1 ? "one cell" : `${cells} cells`}, their outputs and its whole history
            are erased for everybody, and nothing brings them back.
            {running > 0 ? " What runs in it is stopped." : ""} To put it out of sight only, archive
            it.
          </AlertDialog.Description>
          <div className="question-buttons">
            <AlertDialog.Close className="button">Keep it</AlertDialog.Close>
            <button
              type="button"
              className="button button-bad"
              onClick={() => {
                close();
                act(notebook, erase);
              }}
            >
              Delete for good
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
