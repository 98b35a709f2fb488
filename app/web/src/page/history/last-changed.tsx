// Who changed the source of a cell last, and who ran it, told under the cell that one looks at. The
// server is asked who did before one came there; what is changed from then on is heard, so that no
// key asks anything.

import { useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import type { Actor, Cell, Execution } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { linesOf } from "../../wire/lines.ts";
import { names } from "../loop.ts";
import { ago, dayAndTime } from "../moments.ts";
import { useNow } from "../now.ts";
import "./last-changed.css";

/** What is told of the record that made a rev. */
interface Change {
  readonly actor: Actor;
  readonly at: string;
  readonly type: string;
}

type Heard = RefObject<(Change & { readonly seq: number }) | null>;

const SOURCES = new Set(["cellCreated", "cellSourceEdited", "cellRestored"]);
const known = new Map<string, Change | null>();

export default function LastChanged({
  session,
  cell: { cell_id: cellId, rev },
  execution,
}: {
  readonly session: Session;
  readonly cell: Cell;
  /** The run that the cell shows or waits for. */
  readonly execution: Execution | null;
}) {
  const heard = useHeard(session, cellId);
  const asked = useAsked(session.notebookId, rev, heard);
  const now = useNow();
  const change = heard.current?.seq === rev ? heard.current : asked;
  if (!change) return null;
  const { actor, at, type } = change;
  const via = actor.kind === "assistant" && actor.client ? ` via ${actor.client.name}` : "";
  const did = type === "cellCreated" ? "made" : type === "cellRestored" ? "restored" : "changed";
  return (
    <p className="last-changed" title={dayAndTime(at)}>
      {actor.name}
      {via} {did} this {ago(at, now)}
      {execution ? <Ran execution={execution} now={now} /> : null}
    </p>
  );
}

function Ran({ execution, now }: { readonly execution: Execution; readonly now: number }) {
  useSyncExternalStore(names.watch, () => names.version);
  const { requested_by, requested_at, started_at, completed_at } = execution;
  const { name } = names.of(requested_by);
  return ` · ${name} ${started_at ? "ran" : "asked to run"} it ${ago(completed_at ?? requested_at, now)}`;
}

/** The last change of this cell that came while it is looked at: it is heard before it shows. */
function useHeard(session: Session, cellId: string): Heard {
  const heard: Heard = useRef(null);
  useEffect(
    () =>
      session.hearRecords((records) => {
        const found = records.findLast(
          ({ type, data }) =>
            SOURCES.has(type) && (data as { cell_id?: string } | null)?.cell_id === cellId,
        );
        if (!found) return;
        const { actor, recorded_at: at, type, seq } = found;
        heard.current = { actor, at, type, seq };
      }),
    [session, cellId],
  );
  return heard;
}

function useAsked(notebookId: string, seq: number, heard: Heard): Change | null {
  const place = `${notebookId} ${seq}`;
  const [found, setFound] = useState(() => known.get(place) ?? null);
  useEffect(() => {
    if (heard.current?.seq === seq) return;
    const before = known.get(place);
    if (before !== undefined || seq === 0) {
      setFound(before ?? null);
      return;
    }
    const abort = new AbortController();
    linesOf(notebookId, seq - 1, seq, {}, abort.signal)
      .then(({ lines }) => {
        known.set(place, lines.at(-1) ?? null);
        setFound(lines.at(-1) ?? null);
      })
      .catch(() => {}); // the cell is complete without it
    return () => abort.abort();
  }, [notebookId, seq, place, heard]);
  return found;
}
