// A notebook as it was: its cells with what they showed, to be read and to be brought back.

import { useEffect, useMemo, useState } from "react";
import { languageOf } from "../../editor/language.ts";
import { StaticSource } from "../../editor/static-source.tsx";
import type { Cell } from "../../generated.ts";
import {
  cellsOf,
  openByCell,
  outputsOf,
  placesOf,
  standingOf,
  type Standing,
} from "../../notebook/cells.ts";
import { kernelOf } from "../../notebook/kernel.ts";
import { Markdown } from "../../outputs/markdown.tsx";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import { CellSteps } from "./cell-steps.tsx";
import Outputs from "../notebook/outputs.tsx";
import { StandingSign } from "../notebook/standing.tsx";

export default function PastNotebook({
  session,
  past,
  now,
  at,
  caption,
  go,
}: {
  readonly session: Session;
  readonly past: Notebook;
  /** The notebook as it is by now. */
  readonly now: Notebook;
  /** The moment that is shown. */
  readonly at: number;
  readonly caption: string;
  readonly go: (at: number | null) => void;
}) {
  const cells = useMemo(() => cellsOf(past), [past]);
  const open = useMemo(() => openByCell(past), [past]);
  const places = useMemo(() => placesOf(past), [past]);
  const { language } = kernelOf(past);
  return (
    <section className="past" aria-label={caption}>
      <p className="past-caption" aria-hidden="true">
        {caption}
      </p>
      {cells.length === 0 ? <p className="empty">There was no cell yet.</p> : null}
      {cells.map((cell, before) => (
        <article key={cell.cell_id} className="cell" data-cell-id={cell.cell_id}>
          <div className="cell-rail">
            {cell.cell_type === "code" ? (
              <StandingSign standing={still(standingOf(past, cell, open, places))} asked={false} />
            ) : null}
          </div>
          <div className="cell-body">
            <PastCell
              session={session}
              cell={cell}
              outputs={outputsOf(past, cell)}
              language={language}
            />
            <div className="past-foot">
              <Since session={session} then={cell} now={now.cells.get(cell.cell_id)} />
              <CellSteps
                notebookId={session.notebookId}
                cellId={cell.cell_id}
                name={`cell ${before + 1}`}
                at={at}
                head={now.seq}
                go={go}
              />
            </div>
          </div>
        </article>
      ))}
    </section>
  );
}

/** No time passes there. */
function still(standing: Standing): Standing {
  const { execution } = standing;
  return execution ? { ...standing, execution: { ...execution, started_at: null } } : standing;
}

function PastCell({
  session,
  cell,
  outputs,
  language,
}: {
  readonly session: Session;
  readonly cell: Cell;
  readonly outputs: ReturnType<typeof outputsOf>;
  readonly language: string;
}) {
  const [, setLoaded] = useState(0);
  const { support, loading } = languageOf(cell.cell_type, language);
  useEffect(() => {
    void loading?.then(() => setLoaded((before) => before + 1));
  }, [loading]);
  if (cell.cell_type === "markdown") {
    return (
      <div className="note past-note">
        <Markdown
          text={cell.source}
          attachments={cell.attachments}
          notebookId={session.notebookId}
        />
      </div>
    );
  }
  return (
    <>
      <div className="cell-source">
        <StaticSource source={cell.source} language={support?.language ?? null} />
      </div>
      {outputs.length > 0 ? (
        <Outputs session={session} cellId={cell.cell_id} outputs={outputs} />
      ) : null}
    </>
  );
}

/** What became of the cell since, and the way back. */
function Since({
  session,
  then,
  now,
}: {
  readonly session: Session;
  readonly then: Cell;
  readonly now: Cell | undefined;
}) {
  const { cell_id } = then;
  if (!now || now.deleted) {
    const back = (): void =>
      void session.do({ tool: "restore_notebook", takes: { cell_ids: [cell_id] } });
    return (
      <p className="past-since">
        Deleted since then.
        {now ? (
          <button type="button" className="text-button" onClick={back}>
            Bring the cell back
          </button>
        ) : null}
      </p>
    );
  }
  if (now.source === then.source) return null;
  return (
    <p className="past-since">
      Changed since then.
      <button
        type="button"
        className="text-button"
        onClick={() => session.replace(cell_id, then.source)}
      >
        Bring this text back
      </button>
    </p>
  );
}
