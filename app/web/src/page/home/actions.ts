// What can be done with a notebook from the list. Each answers when it is done, or throws.

import type { NotebookSummary } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { importFile, saveFile } from "../../wire/file.ts";
import { go } from "../router.tsx";

const LONGEST_TITLE = 200;

/** A new, empty notebook, opened. */
export async function create(): Promise<void> {
  const { notebook_id } = await call("create_notebook", { title: "Untitled" }, newId());
  go({ screen: "notebook", notebook_id });
}

export async function rename({ notebook_id }: NotebookSummary, title: string): Promise<void> {
  await call("rename_notebook", { notebook_id, title }, newId());
}

/** A notebook of the same cells and outputs, with a history of its own. */
export async function duplicate({ notebook_id, title }: NotebookSummary): Promise<void> {
  const { name, content } = await call("export_notebook", { notebook_id });
  await importFile(
    name.slice(-LONGEST_TITLE),
    content,
    newId(),
    `Copy of ${title}`.slice(0, LONGEST_TITLE),
  );
}

export async function download({ notebook_id }: NotebookSummary): Promise<void> {
  const { name, content } = await call("export_notebook", { notebook_id });
  saveFile(name, content, "application/x-ipynb+json");
}

export async function archive({ notebook_id, archived = false }: NotebookSummary): Promise<void> {
  await call("archive_notebook", { notebook_id, archived: !archived }, newId());
}

export async function erase({ notebook_id }: NotebookSummary): Promise<void> {
  await call("delete_notebook", { notebook_id }, newId());
}
