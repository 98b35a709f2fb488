// Who changed the source of a cell last, told under the cell that one looks at.

import { useEffect, useState } from "react";
import type { Cell, RecordLine } from "../../generated.ts";
import { linesOf } from "../../wire/lines.ts";
import { ago, dayAndTime } from "../moments.ts";
import { useNow } from "../now.ts";
import "./last-changed.css";

const known = new Map<string, RecordLine | null>();

export default function LastChanged({
  notebookId,
  cell: { rev },
}: {
  readonly notebookId: string;
  readonly cell: Cell;
}) {
  const line = useRecord(notebookId, rev);
  const now = useNow();
  if (!line) return null;
  const { actor, at, type } = line;
  const via = actor.kind === "assistant" && actor.client ? ` via ${actor.client.name}` : "";
  const did = type === "cellCreated" ? "made" : type === "cellRestored" ? "restored" : "changed";
  return (
    <p className="last-changed" title={dayAndTime(at)}>
      {actor.name}
      {via} {did} this {ago(at, now)}
    </p>
  );
}

function useRecord(notebookId: string, seq: number): RecordLine | null {
  const place = `${notebookId} ${seq}`;
  const [line, setLine] = useState(() => known.get(place) ?? null);
  useEffect(() => {
    const before = known.get(place);
    if (before !== undefined || seq === 0) {
      setLine(before ?? null);
      return;
    }
    const abort = new AbortController();
    linesOf(notebookId, seq - 1, seq, {}, abort.signal)
      .then(({ lines }) => {
        known.set(place, lines.at(-1) ?? null);
        setLine(lines.at(-1) ?? null);
      })
      .catch(() => {}); // the cell is complete without it
    return () => abort.abort();
  }, [notebookId, seq, place]);
  return line;
}
