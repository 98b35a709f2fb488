// What happened last in a notebook, asked for when its row comes into sight and when it changed.

import { useEffect, useState } from "react";
import type { NotebookSummary, RecordLine } from "../../generated.ts";
import { linesOf } from "../../wire/lines.ts";

const LOOKED_AT = 40;
const known = new Map<string, { readonly seq: number; readonly line: RecordLine | null }>();

/** The last line that a person or an assistant is the subject of, else the last one. */
export function useLastChange(
  { notebook_id, seq }: NotebookSummary,
  seen: boolean,
): RecordLine | null {
  const [line, setLine] = useState(() => known.get(notebook_id)?.line ?? null);
  useEffect(() => {
    if (!seen || known.get(notebook_id)?.seq === seq) return;
    const abort = new AbortController();
    linesOf(notebook_id, Math.max(0, seq - LOOKED_AT), undefined, {}, abort.signal)
      .then(({ lines }) => {
        const last =
          lines.findLast(({ actor }) => actor.kind === "human" || actor.kind === "assistant") ??
          lines.at(-1) ??
          null;
        known.set(notebook_id, { seq, line: last });
        setLine(last);
      })
      .catch(() => {}); // the row is complete without it
    return () => abort.abort();
  }, [notebook_id, seq, seen]);
  return line;
}
