// The log as a list of any length: only the rows in sight are there. One row is looked at; arrows,
// Page, Home and End move, Enter opens.

import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from "react";
import type { RecordLine } from "../../generated.ts";
import type { Naming } from "./naming.ts";
import { blocksIn, blocksOf, lineAt, rowOf, rowsIn, type Block } from "./rows.ts";
import { Circumstances, LineFace, Sentence } from "./sentence.tsx";
import type { Stretches } from "./stretches.ts";
import { plainSentence } from "./words.ts";

const ROW = 52;
/** Where a sentence needs two lines, as on a phone. */
const HIGH_ROW = 70;
const NARROW = 400;
const BEYOND = 8;

export function StoryList({
  stretches,
  naming,
  seq,
  look,
  open,
}: {
  readonly stretches: Stretches;
  readonly naming: Naming;
  /** The record that is looked at; null for none. */
  readonly seq: number | null;
  readonly look: (line: RecordLine) => void;
  readonly open: (line: RecordLine) => void;
}) {
  const told = useSyncExternalStore(stretches.watch, () => stretches.told);
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [{ height, width }, setSize] = useState({ height: 600, width: NARROW });
  const id = useId();
  const blocks = useMemo(() => blocksOf(told), [told]);
  const rows = rowsIn(blocks);
  const row = width < NARROW ? HIGH_ROW : ROW;
  const from = Math.max(0, Math.floor(top / row) - BEYOND);
  const to = Math.min(rows, Math.ceil((top + height) / row) + BEYOND);
  useEffect(() => {
    for (const { stretch } of blocksIn(blocks, from, Math.max(to, from + 1))) {
      if (stretches.stale(stretch)) void stretches.need(stretch.after);
    }
  }, [stretches, blocks, from, to]);
  useLayoutEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setSize(entry.contentRect));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useAnchor(place, blocks, row, top, told.narrowed);
  const looked = seq === null ? -1 : rowOf(blocks, seq);
  useEffect(() => {
    if (looked >= 0) show(place.current, looked, row);
  }, [looked, row]);
  const pressed = (event: KeyboardEvent): void => {
    const line = lineAt(blocks, looked);
    if (event.key === "Enter" && line) open(line);
    else {
      const next = moved(event.key, looked, rows, Math.max(1, Math.floor(height / row) - 1));
      if (next === null) return;
      const found = lineAt(blocks, next);
      if (found) look(found);
      else show(place.current, next, row); // it is read once it is in sight
    }
    event.preventDefault();
  };
  const shown = Array.from({ length: Math.max(0, to - from) }, (_, before) => from + before);
  return (
    <div
      ref={place}
      className="story"
      role="listbox"
      aria-label="What happened, the latest first"
      tabIndex={0}
      aria-activedescendant={looked >= from && looked < to ? `${id}-${looked}` : undefined}
      data-rows={rows}
      data-narrow={row === HIGH_ROW || undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={pressed}
    >
      <div style={{ height: rows * row, position: "relative" }} role="presentation">
        {shown.map((number) => {
          const line = lineAt(blocks, number);
          return line ? (
            <div
              key={`${line.first_seq}`}
              id={`${id}-${number}`}
              role="option"
              aria-selected={number === looked}
              className="line"
              data-seq={line.seq}
              style={{ top: number * row, height: row }}
              onClick={() => look(line)}
              onDoubleClick={() => {
                getSelection()?.removeAllRanges(); // the word under the pointer
                open(line);
              }}
            >
              <LineFace line={line} />
              <span className="line-words">
                <span className="line-sentence" title={plainSentence(line, naming)}>
                  <Sentence line={line} naming={naming} />
                </span>
                <Circumstances line={line} />
              </span>
            </div>
          ) : (
            <div
              key={`row ${number}`}
              className="line line-unread"
              style={{ top: number * row, height: row }}
              aria-hidden="true"
            />
          );
        })}
      </div>
      {rows === 0 || (told.narrowed && told.stretches.every(({ lines }) => lines?.length === 0)) ? (
        <p className="story-none" role="presentation">
          Nothing of the kind happened.
        </p>
      ) : null}
      {told.error ? (
        <p role="alert" className="story-none">
          {told.error}
        </p>
      ) : null}
    </div>
  );
}

/** What is read above the window does not move what is in it. */
function useAnchor(
  place: React.RefObject<HTMLDivElement | null>,
  blocks: readonly Block[],
  row: number,
  top: number,
  narrowed: boolean,
): void {
  const before = useRef({ blocks, narrowed });
  useLayoutEffect(() => {
    const { blocks: old, narrowed: was } = before.current;
    before.current = { blocks, narrowed };
    if (old === blocks || !place.current || top === 0 || was !== narrowed) return;
    const anchor = old.findLast(({ first }) => first * row <= top);
    const now = anchor && blocks.find(({ stretch }) => stretch.after === anchor.stretch.after);
    if (anchor && now && now.first !== anchor.first)
      place.current.scrollTop = top + (now.first - anchor.first) * row;
  });
}

function show(list: HTMLElement | null, number: number, row: number): void {
  if (!list) return;
  const { scrollTop, clientHeight } = list;
  if (number * row < scrollTop) list.scrollTop = number * row;
  else if ((number + 1) * row > scrollTop + clientHeight)
    list.scrollTop = (number + 1) * row - clientHeight;
}

function moved(key: string, row: number, rows: number, page: number): number | null {
  const clamp = (wanted: number): number => Math.max(0, Math.min(rows - 1, wanted));
  switch (key) {
    case "ArrowDown":
      return clamp(row + 1);
    case "ArrowUp":
      return clamp(row - 1);
    case "PageDown":
      return clamp(row + page);
    case "PageUp":
      return clamp(row - page);
    case "Home":
      return 0;
    case "End":
      return clamp(rows - 1);
    default:
      return null;
  }
}
