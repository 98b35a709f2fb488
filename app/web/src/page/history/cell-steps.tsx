// From one change of a cell to the one before and after, while it stays in sight.

import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { RecordLine } from "../../generated.ts";
import { linesOf } from "../../wire/lines.ts";
import { messageOf } from "../home/listing.ts";

export interface CellStepsProps {
  readonly notebookId: string;
  readonly cellId: string;
  /** "cell 3". */
  readonly name: string;
  /** The moment that is looked at. */
  readonly at: number;
  readonly head: number;
  readonly go: (at: number | null) => void;
}

export function CellSteps({ notebookId, cellId, name, at, head, go }: CellStepsProps) {
  const [told, setTold] = useState<{ readonly at: number; readonly words: string } | null>(null);
  const to = async (after: number, upto: number, later: boolean): Promise<void> => {
    try {
      const seq = later
        ? (await changesOf(notebookId, cellId, after, upto)).at(0)?.seq
        : (await changesOf(notebookId, cellId, after, upto)).at(-1)?.seq;
      if (seq === undefined)
        setTold({ at, words: `${name} did not change ${later ? "after" : "before"} that.` });
      else go(seq >= head ? null : seq);
    } catch (error) {
      setTold({ at, words: messageOf(error) });
    }
  };
  return (
    <div className="cell-steps">
      <button
        type="button"
        className="icon-button"
        aria-label={`The change of ${name} before`}
        onClick={() => void to(0, at - 1, false)}
      >
        <ChevronLeft size={14} aria-hidden="true" />
      </button>
      <span aria-hidden="true">Changes of {name}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={`The change of ${name} after`}
        disabled={at >= head}
        onClick={() => void to(at, head, true)}
      >
        <ChevronRight size={14} aria-hidden="true" />
      </button>
      <span role="status">{told?.at === at ? told.words : ""}</span>
    </div>
  );
}

/** Lines of what was done to the cell itself, between two moments. */
async function changesOf(
  notebookId: string,
  cell: string,
  after: number,
  upto: number,
): Promise<readonly RecordLine[]> {
  const lines: RecordLine[] = [];
  for (let from = after; from < upto;) {
    const found = await linesOf(notebookId, from, upto, { cell, about: "cells" });
    lines.push(...found.lines);
    if (found.upto <= from) break;
    from = found.upto;
  }
  return lines;
}
