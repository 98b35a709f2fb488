// Files that are dropped, pasted or chosen become notebooks, one after the other. What cannot be
// taken in stays in sight with the reason.

import { useEffect, useState } from "react";
import { newId } from "../../replica/session.ts";
import { importFile } from "../../wire/file.ts";
import { go } from "../router.tsx";
import { messageOf } from "./listing.ts";

interface Given {
  readonly name: string;
  readonly content: Blob | string;
}

export interface Failed {
  readonly name: string;
  readonly why: string;
}

/** Takes files in; `done` is called when some came in. */
export class TakingIn {
  readonly #watchers = new Set<() => void>();
  readonly #done: () => void;
  state: { readonly busy: string | null; readonly failed: readonly Failed[] } = {
    busy: null,
    failed: [],
  };

  constructor(done: () => void) {
    this.#done = done;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Make notebooks of them. A single one is opened. */
  async take(given: readonly Given[]): Promise<void> {
    const made: string[] = [];
    for (const { name, content } of given) {
      this.#put({ ...this.state, busy: name });
      try {
        made.push((await importFile(name, content, newId())).notebook_id);
      } catch (error) {
        const failed = { name, why: messageOf(error) };
        this.#put({ ...this.state, failed: [...this.state.failed, failed] });
      }
    }
    this.#put({ ...this.state, busy: null });
    this.#done();
    const [only] = made;
    if (given.length === 1 && only) go({ screen: "notebook", notebook_id: only });
  }

  dismiss(): void {
    this.#put({ ...this.state, failed: [] });
  }

  #put(state: TakingIn["state"]): void {
    this.state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

/** Take what is dropped on the window or pasted into it. Whether a file hovers over it. */
export function useDropping(taking: TakingIn): boolean {
  const [over, setOver] = useState(0);
  useEffect(() => {
    const holdsFiles = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (holdsFiles(event)) setOver((before) => before + 1);
    };
    const leave = (event: DragEvent): void => {
      if (holdsFiles(event)) setOver((before) => Math.max(0, before - 1));
    };
    const hover = (event: DragEvent): void => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      setOver(0);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      void taking.take(filesOf(event.dataTransfer));
    };
    const paste = (event: ClipboardEvent): void => {
      const given = pasted(event);
      if (given.length === 0) return;
      event.preventDefault();
      void taking.take(given);
    };
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", hover);
    addEventListener("drop", drop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", hover);
      removeEventListener("drop", drop);
      removeEventListener("paste", paste);
    };
  }, [taking]);
  return over > 0;
}

function filesOf(transfer: DataTransfer | null): readonly Given[] {
  return [...(transfer?.files ?? [])].map((file) => ({ name: file.name, content: file }));
}

/** Files, or text that is a notebook; other text goes where it was pasted. */
function pasted(event: ClipboardEvent): readonly Given[] {
  const files = filesOf(event.clipboardData);
  if (files.length > 0) return files;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  return /^\s*\{/.test(text) && text.includes('"nbformat"')
    ? [{ name: "Pasted.ipynb", content: text }]
    : [];
}
