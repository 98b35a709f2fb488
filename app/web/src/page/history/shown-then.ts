// Which cells show something else at one moment than at another, by the digests of what they show; and
// what one of them showed at a moment, asked for once somebody looks.

import { useEffect, useState } from "react";
import { cellsOf, outputsOf } from "../../notebook/cells.ts";
import { richestOf } from "../../outputs/richest.ts";
import { textOf } from "../../outputs/value.ts";
import { unpack, type Notebook } from "../../state.ts";
import { stateOf } from "../../wire/calls.ts";
import { messageOf } from "../home/listing.ts";

export type Outputs = ReturnType<typeof outputsOf>;

/** A cell that is there at both moments and shows something else. `by` asked for its last run. */
export interface Shift {
  readonly cell_id: string;
  readonly by: string | null;
}

/** The shifts, with the place of every cell at the later moment; null until they are known. */
export interface Shifts {
  readonly shifts: readonly Shift[];
  readonly places: ReadonlyMap<string, number>;
}

export function shiftsBetween(before: Notebook, after: Notebook): readonly Shift[] {
  return cellsOf(after).flatMap((cell) => {
    const old = before.cells.get(cell.cell_id);
    if (!old || old.deleted) return [];
    if (sameOutputs(outputsOf(before, old), outputsOf(after, cell))) return [];
    const run = cell.execution_id ? after.executions.get(cell.execution_id) : undefined;
    return [{ cell_id: cell.cell_id, by: run?.requested_by ?? null }];
  });
}

/** Whether somebody who looks at them sees the same, as far as it is here. */
export function sameOutputs(one: Outputs, other: Outputs): boolean {
  return one.length === other.length && one.every((each, at) => mark(each) === mark(other[at]));
}

function mark(output: Outputs[number] | undefined): string {
  if (!output) return "";
  switch (output.output_type) {
    case "stream":
      return `stream ${output.name} ${textMark(output)}`;
    case "error":
      return `error ${output.ename} ${output.evalue} ${output.traceback.sha256}`;
    case "other":
      return `other ${output.value.sha256}`;
    default: {
      const mime = richestOf(Object.keys(output.data));
      return `display ${mime} ${mime === undefined ? "" : output.data[mime]?.sha256}`;
    }
  }
}

/** A text that came in other pieces is the same text: told once the pieces are here. */
function textMark(output: Extract<Outputs[number], { output_type: "stream" }>): string {
  const pieces = "pieces" in output ? output.pieces : [output];
  const whole = pieces.length > 0 && pieces.every(({ blob, text }) => !blob && text !== undefined);
  if (whole) return `text ${pieces.map(({ text }) => textOf(text)).join("")}`;
  return "digest" in output ? output.digest : String(output.sha256);
}

/** What cells show at the two moments, in short. */
export function useShifts(
  notebookId: string,
  from: number,
  to: number,
): { readonly found: Shifts | null; readonly error: string | null } {
  const [state, setState] = useState<{ found: Shifts | null; error: string | null }>(NOT_YET);
  useEffect(() => {
    let gone = false;
    const named = (at: number): Promise<Notebook> =>
      stateOf(notebookId, { at, outputs: "refs" }).then(({ state: packed }) => unpack(packed));
    const timer = setTimeout(() => {
      Promise.all([named(from), named(to)]).then(
        ([before, after]) => {
          const places = new Map(after.order.map((cellId, place) => [cellId, place]));
          const found = { shifts: shiftsBetween(before, after), places };
          if (!gone) setState({ found, error: null });
        },
        (error: unknown) => {
          if (!gone) setState({ found: null, error: messageOf(error) });
        },
      );
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [notebookId, from, to]);
  return state;
}

const NOT_YET = { found: null, error: null };
/** While the slider is dragged not every moment on the way is asked for. */
const REST_MS = 80;

/** What a cell showed at a moment, whole. */
export async function shownAt(notebookId: string, cellId: string, at: number): Promise<Outputs> {
  const { state } = await stateOf(notebookId, { at, cells: [cellId] });
  const notebook = unpack(state);
  const cell = notebook.cells.get(cellId);
  return cell ? outputsOf(notebook, cell) : [];
}
