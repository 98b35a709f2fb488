// Who was at work when, drawn along the slider: a lane for each actor and program. The names below
// narrow the lines to one of them.

import { useEffect, useMemo, useRef, useState } from "react";
import type { Lanes } from "../../generated.ts";
import { lanesBetween } from "../../wire/lines.ts";
import { ActorFace } from "../face.tsx";
import { names } from "../loop.ts";
import { hueOf } from "../presence.ts";
import { COLUMNS, lanesOf, pathOfMarks, type Lane } from "./lane-shapes.ts";
import { shownClient } from "./sentence.tsx";

const SHOWN = 6;
/** Answers that are asked for: who is at work in a longer log is drawn for its latest part. */
const MOST_PIECES = 20;
const WIDTH = 5000;
const GROWS_MS = 1500;

export function LaneView({
  notebookId,
  head,
  who,
  narrow,
}: {
  readonly notebookId: string;
  readonly head: number;
  /** The actor to whom the lines are narrowed. */
  readonly who: string;
  readonly narrow: (actorId: string) => void;
}) {
  const pieces = usePieces(notebookId, head);
  const lanes = useMemo(() => lanesOf(pieces, head), [pieces, head]);
  if (lanes.length === 0) return <div className="lanes" aria-hidden="true" />;
  const shown = lanes.slice(0, SHOWN);
  const nameOf = ({ actor: { id, name, client } }: Lane): string =>
    client && lanes.filter(({ actor }) => actor.id === id).length > 1
      ? `${name} · ${shownClient({ name: client.name })}`
      : name;
  return (
    <div className="lanes">
      <div className="lanes-drawn" aria-hidden="true">
        {shown.map(({ key, actor, marks }) => (
          <svg
            key={key}
            className={`lane hue-${hueOf(actor.id)}`}
            data-quiet={(who && who !== actor.id) || undefined}
            viewBox={`0 0 ${COLUMNS} 1`}
            preserveAspectRatio="none"
          >
            <path d={pathOfMarks(marks)} />
          </svg>
        ))}
      </div>
      <ul className="lanes-names" aria-label="Who was at work, the busiest first">
        {shown.map((lane) => (
          <li key={lane.key}>
            <button
              type="button"
              aria-pressed={who === lane.actor.id}
              title={`${nameOf(lane)}: ${recordsOf(lane)}`}
              onClick={() => narrow(who === lane.actor.id ? "" : lane.actor.id)}
            >
              <ActorFace id={lane.actor.id} kind={lane.actor.kind} name={lane.actor.name} />
              <span className="lanes-name">{nameOf(lane)}</span>
            </button>
          </li>
        ))}
        {lanes.length > SHOWN ? (
          <li className="text-quiet">and {lanes.length - SHOWN} more</li>
        ) : null}
      </ul>
    </div>
  );
}

function recordsOf({ records }: Lane): string {
  return records === 1 ? "1 record" : `${records.toLocaleString("en")} records`;
}

/** Answers for the log up to its head, the first ones kept as it grows: looked at now and then. */
function usePieces(notebookId: string, newest: number): readonly Lanes[] {
  const [pieces, setPieces] = useState<readonly Lanes[]>([]);
  const latest = useRef(newest);
  latest.current = newest;
  const [head, setHead] = useState(newest);
  useEffect(() => {
    const timer = setInterval(() => setHead(latest.current), GROWS_MS);
    return () => clearInterval(timer);
  }, []);
  const known = pieces.at(-1)?.upto ?? Math.max(0, head - MOST_PIECES * WIDTH);
  useEffect(() => {
    if (known >= head) return;
    const abort = new AbortController();
    lanesBetween(notebookId, known, head, abort.signal)
      .then((piece) => {
        piece.actors.forEach((actor) => names.learn(actor));
        if (!abort.signal.aborted && piece.upto > known)
          setPieces((before) => [...before.slice(-MOST_PIECES * 4), piece]);
      })
      .catch(() => {}); // the lines tell the same
    return () => abort.abort();
  }, [notebookId, known, head]);
  return pieces;
}
