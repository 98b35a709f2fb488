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

const ROW = 52;
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
  const [height, setHeight] = useState(600);
  const id = useId();
  const blocks = useMemo(() => blocksOf(told), [told]);
  const rows = rowsIn(blocks);
  const from = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const to = Math.min(rows, Math.ceil((top + height) / ROW) + BEYOND);
  useEffect(() => {
    for (const { stretch } of blocksIn(blocks, from, Math.max(to, from + 1))) {
      if (stretches.stale(stretch)) void stretches.need(stretch.after);
    }
  }, [stretches, blocks, from, to]);
  useLayoutEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 600));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useAnchor(place, blocks, top, told.narrowed);
  const looked = seq === null ? -1 : rowOf(blocks, seq);
  useEffect(() => {
    if (looked >= 0) show(place.current, looked);
  }, [looked]);
  const pressed = (event: KeyboardEvent): void => {
    const line = lineAt(blocks, looked);
    if (event.key === "Enter" && line) open(line);
    else {
      const next = moved(event.key, looked, rows, Math.max(1, Math.floor(height / ROW) - 1));
      if (next === null) return;
      const found = lineAt(blocks, next);
      if (found) look(found);
      else show(place.current, next); // it is read once it is in sight
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
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={pressed}
    >
      <div style={{ height: rows * ROW, position: "relative" }} role="presentation">
        {shown.map((row) => {
          const line = lineAt(blocks, row);
          return line ? (
            <div
              key={`${line.first_seq}`}
              id={`${id}-${row}`}
              role="option"
              aria-selected={row === looked}
              className="line"
              data-seq={line.seq}
              style={{ top: row * ROW, height: ROW }}
              onClick={() => look(line)}
              onDoubleClick={() => open(line)}
            >
              <LineFace line={line} />
              <span className="line-words">
                <span className="line-sentence" title={line.text}>
                  <Sentence line={line} naming={naming} />
                </span>
                <Circumstances line={line} />
              </span>
            </div>
          ) : (
            <div
              key={`row ${row}`}
              className="line line-unread"
              style={{ top: row * ROW, height: ROW }}
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
  top: number,
  narrowed: boolean,
): void {
  const before = useRef({ blocks, narrowed });
  useLayoutEffect(() => {
    const { blocks: old, narrowed: was } = before.current;
    before.current = { blocks, narrowed };
    if (old === blocks || !place.current || top === 0 || was !== narrowed) return;
    const anchor = old.findLast(({ first }) => first * ROW <= top);
    const now = anchor && blocks.find(({ stretch }) => stretch.after === anchor.stretch.after);
    if (anchor && now && now.first !== anchor.first)
      place.current.scrollTop = top + (now.first - anchor.first) * ROW;
  });
}

function show(list: HTMLElement | null, row: number): void {
  if (!list) return;
  const { scrollTop, clientHeight } = list;
  if (row * ROW < scrollTop) list.scrollTop = row * ROW;
  else if ((row + 1) * ROW > scrollTop + clientHeight)
    list.scrollTop = (row + 1) * ROW - clientHeight;
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
