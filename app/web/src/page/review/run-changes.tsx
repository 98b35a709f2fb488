// What one run changed, as one diff: kept or taken back place by place, or all of it at once. What is
// taken back becomes a change of the person who does it; what others changed since stays and is told.

import { useEffect, useState } from "react";
import type { CellDiff, NotebookDiff, Reverted } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { Diff } from "./diff.tsx";
import { hunksOf } from "./run-hunks.ts";
import "./review.css";

export interface RunChangesProps {
  readonly notebookId: string;
  readonly runId: string;
  readonly nameOf: (cellId: string) => string | null;
}

export function RunChanges({ notebookId, runId, nameOf }: RunChangesProps) {
  const [found, setFound] = useState<NotebookDiff | null>(null);
  const [reverted, setReverted] = useState<Reverted | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    let gone = false;
    call("diff_notebook", { notebook_id: notebookId, correlation_id: runId }).then(
      (diff) => (gone ? null : setFound(diff)),
      (error: unknown) => (gone ? null : setWrong(said(error))),
    );
    return () => {
      gone = true;
    };
  }, [notebookId, runId]);
  const takeBack = (): void =>
    void call("revert_changes", { notebook_id: notebookId, correlation_id: runId }).then(
      setReverted,
      (error: unknown) => setWrong(said(error)),
    );
  const cells = found?.cells ?? [];
  const fields = found?.fields ?? [];
  return (
    <section className="run-changes" aria-label="What it changed">
      {wrong ? <p role="alert">{wrong}</p> : null}
      {found && cells.length + fields.length === 0 ? <p>It changed no cell.</p> : null}
      {fields.map((field) => (
        <p key={field}>The notebook: {field}</p>
      ))}
      {cells.map((cell) => (
        <Changed
          key={cell.cell_id}
          notebookId={notebookId}
          cell={cell}
          name={nameOf(cell.cell_id)}
          fixed={reverted !== null}
        />
      ))}
      {found?.more ? <p>{found.more}</p> : null}
      {reverted ? (
        <Outcome reverted={reverted} nameOf={nameOf} />
      ) : cells.length + fields.length > 0 ? (
        <button type="button" className="button" onClick={takeBack}>
          Take back everything
        </button>
      ) : null}
    </section>
  );
}

function Changed({
  notebookId,
  cell,
  name,
  fixed,
}: {
  readonly notebookId: string;
  readonly cell: CellDiff;
  readonly name: string | null;
  readonly fixed: boolean;
}) {
  const { cell_id, change, diff = "", fields = [] } = cell;
  const called = name ?? "a cell that is gone";
  const hunks = hunksOf(diff);
  const edited = change === "changed";
  const back = (edit: { old: string; new: string }): Promise<unknown> =>
    edited
      ? call("edit_cell", { notebook_id: notebookId, cell_id, edits: [edit] })
      : call("delete_cells", { notebook_id: notebookId, cell_ids: [cell_id] });
  return (
    <section className="run-cell" aria-label={called}>
      <h4>
        {change === "added" ? `Added ${called}` : change === "deleted" ? "Deleted a cell" : `Changed ${called}`}
      </h4>
      {fields.map((field) => (
        <p key={field}>{field}</p>
      ))}
      {hunks.map(({ lines, back: edit }, number) => (
        <div key={number} className="run-hunk">
          <Diff
            lines={edited ? lines : lines.filter(({ kind, text }) => kind !== "place" && text !== "")}
            label={`Change ${number + 1} of ${called}`}
          />
          {fixed || change === "deleted" ? null : <Choice back={() => back(edit)} />}
        </div>
      ))}
    </section>
  );
}

/** Kept, or taken back. */
function Choice({ back }: { readonly back: () => Promise<unknown> }) {
  const [state, setState] = useState("");
  if (state === "Kept" || state === "Taken back") return <p className="run-said">{state}</p>;
  const take = (): void =>
    void back().then(
      () => setState("Taken back"),
      (error: unknown) => setState(said(error)),
    );
  return (
    <div className="run-choice">
      <button type="button" className="button" onClick={() => setState("Kept")}>
        Keep
      </button>
      <button type="button" className="button" onClick={take}>
        Take back
      </button>
      {state ? <p role="alert">{state}</p> : null}
    </div>
  );
}

function Outcome({
  reverted: { cell_ids = [], conflicts = [], stays = [] },
  nameOf,
}: {
  readonly reverted: Reverted;
} & Pick<RunChangesProps, "nameOf">) {
  const named = cell_ids.map((id) => nameOf(id) ?? "a cell that is gone").join(", ");
  return (
    <div role="status">
      <p>{named ? `Taken back: ${named}.` : "Nothing was left to take back."}</p>
      {conflicts.length > 0 ? <h4>Left, as others changed it since</h4> : null}
      <ul>
        {conflicts.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {stays.map((one) => (
        <p key={one} className="run-said">
          {one}
        </p>
      ))}
    </div>
  );
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : "It could not be done; try again.";
}
