// What a command of this client will come to, as provisional records for the same reducer. Cell
// commands alone are foreseen, as if each were allowed; what the server decides takes their place.

import type { EventData, Tools, WireRecord } from "../generated.ts";
import { EMPTY, EVENT_VERSIONS } from "../generated.ts";
import { replay } from "../reducer.ts";
import type { Notebook } from "../state.ts";

/** A command by its tool, without the notebook, which is that of its session. */
export type Command = {
  readonly [Name in keyof Tools]: {
    readonly tool: Name;
    readonly takes: Omit<Tools[Name]["takes"], "notebook_id">;
  };
}[keyof Tools];

/** The state with these commands done on top, in order. */
export function predicted(notebook: Notebook, commands: readonly Command[]): Notebook {
  return commands.reduce((state, command) => replay(state, provisional(state, command)), notebook);
}

/** The cells that these commands ask to run. */
export function askedToRun(commands: readonly Command[]): ReadonlySet<string> {
  const cells = commands.flatMap((command) =>
    command.tool === "run_cells" ? (command.takes.cells ?? []) : [],
  );
  return new Set(cells.map((cell) => cell.cell_id));
}

function provisional(notebook: Notebook, command: Command): WireRecord[] {
  switch (command.tool) {
    case "insert_cells":
      return insert(notebook, command.takes);
    case "move_cells":
      return move(notebook, command.takes);
    case "delete_cells":
      return present(notebook, command.takes.cell_ids).map((cell_id) =>
        record(notebook, "cellDeleted", { cell_id }),
      );
    case "change_cell_type":
      return present(notebook, [command.takes.cell_id]).map((cell_id) =>
        record(notebook, "cellTypeChanged", { cell_id, cell_type: command.takes.cell_type }),
      );
    case "clear_outputs": {
      const cellIds = command.takes.cell_ids ?? notebook.order;
      return present(notebook, cellIds).map((cell_id) =>
        record(notebook, "cellOutputsCleared", { cell_id }),
      );
    }
    case "attach_files": {
      const { cell_id, attachments } = command.takes;
      return present(notebook, [cell_id]).map((one) =>
        record(notebook, "cellAttachmentsChanged", { cell_id: one, attachments }),
      );
    }
    case "set_metadata": {
      const { cell_id, metadata } = command.takes;
      if (!cell_id) return [record(notebook, "notebookMetadataChanged", { metadata })];
      return present(notebook, [cell_id]).map((one) =>
        record(notebook, "cellMetadataChanged", { cell_id: one, metadata }),
      );
    }
    case "rename_notebook":
      return [record(notebook, "notebookRenamed", { title: command.takes.title })];
    default:
      return [];
  }
}

function insert(
  notebook: Notebook,
  { cells, after }: Omit<Tools["insert_cells"]["takes"], "notebook_id">,
): WireRecord[] {
  let anchor = after === undefined ? (notebook.order.at(-1) ?? null) : after;
  if (anchor !== null && !notebook.cells.has(anchor)) return [];
  return cells.flatMap((cell) => {
    if (!cell.cell_id || notebook.cells.has(cell.cell_id)) return [];
    const created = record(notebook, "cellCreated", {
      cell_id: cell.cell_id,
      cell_type: cell.cell_type ?? "code",
      source: cell.source ?? "",
      after: anchor,
      metadata: cell.metadata ?? EMPTY,
      ...(cell.attachments ? { attachments: cell.attachments } : {}),
      ...(cell.outputs ? { outputs: cell.outputs } : {}),
    });
    anchor = cell.cell_id;
    return [created];
  });
}

function move(
  notebook: Notebook,
  { cell_ids, after }: Omit<Tools["move_cells"]["takes"], "notebook_id">,
): WireRecord[] {
  let anchor = after;
  if (anchor !== null && !notebook.cells.has(anchor)) return [];
  return present(notebook, cell_ids).map((cell_id) => {
    const moved = record(notebook, "cellMoved", { cell_id, after: anchor });
    anchor = cell_id;
    return moved;
  });
}

function present(notebook: Notebook, cellIds: readonly string[]): string[] {
  return cellIds.filter((cellId) => notebook.cells.get(cellId)?.deleted === false);
}

/** A record that nobody wrote: it has the seq of the state, so that no rev of it is believed. */
function record<Type extends keyof EventData>(
  notebook: Notebook,
  type: Type,
  data: EventData[Type],
): WireRecord {
  return {
    notebook_id: notebook.notebook_id,
    seq: notebook.seq,
    event_id: "",
    type,
    schema_version: EVENT_VERSIONS[type],
    data,
    actor: { kind: "human", id: "", name: "" },
    recorded_at: "",
    command_id: "",
    payload_hash: "",
    hash: "",
  };
}
