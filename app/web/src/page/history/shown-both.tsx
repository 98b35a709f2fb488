// What a cell showed at two moments, one beside the other: asked for once it is in sight.

import { useEffect, useRef, useState } from "react";
import { Output } from "../../outputs/output.tsx";
import { useSeen } from "../../outputs/sight.ts";
import { messageOf } from "../home/listing.ts";
import { sameOutputs, shownAt, type Outputs } from "./shown-then.ts";

interface Both {
  readonly before: Outputs;
  readonly after: Outputs;
}

export function ShownBoth({
  notebookId,
  cellId,
  from,
  to,
}: {
  readonly notebookId: string;
  readonly cellId: string;
  readonly from: number;
  readonly to: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const [both, setBoth] = useState<Both | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    if (!seen) return;
    let gone = false;
    Promise.all([shownAt(notebookId, cellId, from), shownAt(notebookId, cellId, to)]).then(
      ([before, after]) => gone || (setBoth({ before, after }), setError(null)),
      (refused: unknown) => gone || setError(messageOf(refused)),
    );
    return () => {
      gone = true;
    };
  }, [seen, notebookId, cellId, from, to]);
  return (
    <div ref={place}>
      {error ? (
        <p role="alert" className="comparison-field">
          What it showed could not be loaded: {error}
        </p>
      ) : null}
      {both && sameOutputs(both.before, both.after) ? (
        <p className="comparison-field">It ran again and shows the same.</p>
      ) : both ? (
        <div className="comparison-shown">
          <Side title="Before" notebookId={notebookId} outputs={both.before} />
          <Side title="After" notebookId={notebookId} outputs={both.after} />
        </div>
      ) : error ? null : (
        <p className="comparison-field">Loading…</p>
      )}
    </div>
  );
}

function Side({
  title,
  notebookId,
  outputs,
}: {
  readonly title: string;
  readonly notebookId: string;
  readonly outputs: Outputs;
}) {
  return (
    <section className="comparison-side" aria-label={title}>
      <h4>{title}</h4>
      {outputs.length === 0 ? <p className="comparison-field">Nothing.</p> : null}
      <div className="outputs">
        {outputs.map((output, number) => (
          <Output key={number} output={output} from={{ notebook_id: notebookId }} />
        ))}
      </div>
    </section>
  );
}
