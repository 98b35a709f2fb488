// What events of cells do to a notebook.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import {
  EMPTY,
  type Cell,
  type CellAttachmentsChanged,
  type CellCreated,
  type CellEventType,
  type CellRestored,
} from "../generated.ts";
import { isOpen } from "../state.ts";
import { applyChanges, ChangeError } from "../text.ts";
import { dropExecution, unlinkDisplays } from "./execution.ts";

type Bundle = Cell["attachments"][string];

/** Applies an event of a cell; an event of an unknown cell changes nothing. */
export function applyToCell(draft: Draft, record: RecordOf<CellEventType>): void {
  const cell = draft.cells.get(record.data.cell_id);
  if (record.type === "cellCreated") {
    if (!cell) create(draft, record.data, record.seq);
    return;
  }
  if (!cell) return;
  if (record.type === "cellRestored") {
    if (cell.deleted) put(draft, built(record.data, record.seq));
    return;
  }
  if (record.type === "cellMoved") {
    draft.order = placed(draft.order, cell.cell_id, record.data.after);
    return;
  }
  if (!cell.deleted) changeLive(draft, cell, record);
}

function changeLive(
  draft: Draft,
  cell: Cell,
  record: RecordOf<Exclude<CellEventType, "cellCreated" | "cellRestored" | "cellMoved">>,
): void {
  switch (record.type) {
    case "cellSourceEdited":
      return edit(draft, cell, record.data.changes, record.seq);
    case "cellMetadataChanged":
      return put(draft, { ...cell, metadata: record.data.metadata });
    case "cellAttachmentsChanged":
      return put(draft, { ...cell, attachments: attached(cell, record.data.attachments) });
    case "cellTypeChanged": {
      const changed = { ...cell, cell_type: record.data.cell_type };
      put(draft, changed);
      if (changed.cell_type !== "code") clearOutputs(draft, changed);
      return;
    }
    case "cellOutputsCleared":
      return clearOutputs(draft, cell);
    case "cellDeleted":
      return bury(draft, cell);
    default:
      record satisfies never;
  }
}

/**
 * The order with the cell directly after its anchor; a move after itself changes nothing.
 *
 * After an anchor that has no place, as a new cell's own, it stands at the end.
 */
export function placed(
  order: readonly string[],
  cellId: string,
  after: string | null,
): readonly string[] {
  if (after === cellId && order.includes(cellId)) return order;
  const rest = order.filter((other) => other !== cellId);
  if (after === null) return [cellId, ...rest];
  const anchor = rest.indexOf(after);
  return anchor < 0 ? [...rest, cellId] : rest.toSpliced(anchor + 1, 0, cellId);
}

/** The files of a cell after some came or (null) went. */
function attached(
  { attachments }: Cell,
  changes: CellAttachmentsChanged["attachments"],
): Cell["attachments"] {
  const after = Object.entries({ ...attachments, ...changes });
  return Object.fromEntries(after.filter((file): file is [string, Bundle] => file[1] !== null));
}

function put(draft: Draft, cell: Cell): void {
  draft.cells.set(cell.cell_id, cell);
}

function create(draft: Draft, data: CellCreated, seq: number): void {
  put(draft, built(data, seq));
  const { order } = draft;
  draft.order =
    order.length > 0 && order.at(-1) === data.after
      ? [...order, data.cell_id] // appending, as an import does, needs no search
      : placed(order, data.cell_id, data.after);
}

function built(data: CellCreated | CellRestored, seq: number): Cell {
  return {
    cell_id: data.cell_id,
    cell_type: data.cell_type,
    source: data.source,
    rev: seq,
    metadata: data.metadata,
    attachments: data.attachments ?? {},
    outputs: data.outputs ?? [],
    execution_count: data.execution_count ?? null,
    execution_id: null,
    deleted: false,
    extra: data.extra ?? null,
  };
}

/** An edit that does not fit changes nothing, its rev neither. */
function edit(draft: Draft, cell: Cell, changes: readonly unknown[], seq: number): void {
  let source: string;
  try {
    source = applyChanges(cell.source, changes);
  } catch (error) {
    if (error instanceof ChangeError) return;
    throw error;
  }
  put(draft, { ...cell, source, rev: seq });
}

/** A tombstone: id, type and place stay; a run that is still open ends by its own events. */
function bury(draft: Draft, cell: Cell): void {
  put(draft, {
    cell_id: cell.cell_id,
    cell_type: cell.cell_type,
    source: "",
    rev: cell.rev,
    metadata: EMPTY,
    attachments: {},
    outputs: [],
    execution_count: null,
    execution_id: null,
    deleted: true,
    extra: null,
  });
  if (cell.execution_id !== null) dropExecution(draft, cell.execution_id);
}

/** Nothing is shown any more; an execution that still runs shows what comes from here on. */
function clearOutputs(draft: Draft, cell: Cell): void {
  const shown = cell.execution_id ? draft.executions.get(cell.execution_id) : undefined;
  if (shown && isOpen(shown)) {
    unlinkDisplays(draft, shown);
    draft.executions.set(shown.execution_id, { ...shown, outputs: [], clear_pending: false });
    return put(draft, { ...cell, outputs: [], execution_count: null });
  }
  put(draft, { ...cell, outputs: [], execution_count: null, execution_id: null });
  if (cell.execution_id) dropExecution(draft, cell.execution_id);
}
