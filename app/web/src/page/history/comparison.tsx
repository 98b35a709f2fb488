// Two moments of a notebook side by side as one: what became of each cell and of what it shows between
// them, and by whom.

import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import type { CellDiff, NotebookDiff } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { ActorFace } from "../face.tsx";
import { messageOf } from "../home/listing.ts";
import { names } from "../loop.ts";
import { Diff } from "../review/diff.tsx";
import { linesOf as linesOfDiff, type DiffLine } from "../review/steps.ts";
import "../review/review.css";
import type { Naming } from "./naming.ts";
import { ShownBoth } from "./shown-both.tsx";
import { useShifts, type Shifts } from "./shown-then.ts";

const REST_MS = 80;
const WORDS = {
  added: "Added",
  deleted: "Deleted",
  changed: "Changed",
  ran: "Ran",
  shown: "Outputs changed",
} as const;

export function Comparison({
  notebookId,
  from,
  to,
  naming,
}: {
  readonly notebookId: string;
  readonly from: number;
  readonly to: number;
  readonly naming: Naming;
}) {
  const { found, error, more } = useDifference(notebookId, from, to);
  const shown = useShifts(notebookId, from, to);
  const cells = useMemo(
    () => (found ? changesOf(found.cells, shown.found, found.next_after ?? null) : []),
    [found, shown.found],
  );
  const wrong = error ?? shown.error;
  useSyncExternalStore(names.watch, () => names.version);
  const caption = `From event ${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
  return (
    <section className="past comparison" aria-label={caption}>
      <p className="past-caption" aria-hidden="true">
        {caption}
      </p>
      {wrong ? (
        <p role="alert" className="story-none">
          {wrong}
        </p>
      ) : null}
      {found?.fields?.map((words) => (
        <p key={words} className="comparison-field">
          {words.charAt(0).toUpperCase() + words.slice(1)}.
        </p>
      ))}
      {found && shown.found && cells.length === 0 && !found.fields?.length ? (
        <p className="empty">No cell is different at these two moments.</p>
      ) : null}
      {cells.map((one) => (
        <Changed key={one.cell.cell_id} {...one} name={naming.nameOf(one.cell.cell_id)}>
          {one.shifted ? (
            <ShownBoth notebookId={notebookId} cellId={one.cell.cell_id} from={from} to={to} />
          ) : null}
        </Changed>
      ))}
      {more ? (
        <button type="button" className="button" onClick={more}>
          Show more
        </button>
      ) : null}
    </section>
  );
}

/** What became of a cell, and whether it shows something else. */
interface Change {
  readonly cell: Omit<CellDiff, "change"> & { readonly change: keyof typeof WORDS };
  readonly shifted: boolean;
}

/** Cells in their order, also those of which only what they show changed. Behind `last` there are
 * differences that are not here yet. */
function changesOf(
  cells: readonly CellDiff[],
  shown: Shifts | null,
  last: string | null,
): readonly Change[] {
  if (!shown) return cells.map((cell) => ({ cell, shifted: false }));
  const shifted = new Map(shown.shifts.map(({ cell_id, by }) => [cell_id, by]));
  const told = new Set(cells.map(({ cell_id }) => cell_id));
  const place = (id: string): number => shown.places.get(id) ?? Infinity;
  const end = last === null ? Infinity : place(last);
  const alone = shown.shifts
    .filter(({ cell_id }) => !told.has(cell_id) && place(cell_id) <= end)
    .map(({ cell_id, by }) => ({ cell_id, change: by ? ("ran" as const) : ("shown" as const), by: by ? [by] : [] }));
  const named = cells.map((cell) => {
    const by = new Set(cell.by).add(shifted.get(cell.cell_id) ?? "");
    return { ...cell, by: [...by].filter(Boolean) };
  });
  return [...named, ...alone]
    .map((cell) => ({ cell, shifted: shifted.has(cell.cell_id) }))
    .sort((one, other) => place(one.cell.cell_id) - place(other.cell.cell_id));
}

function Changed({
  cell,
  name,
  children,
}: Change & { readonly name: string | null; readonly children: ReactNode }) {
  const { cell_id, change, by = [], diff = "", fields = [] } = cell;
  const title = name ? name.charAt(0).toUpperCase() + name.slice(1) : "A cell";
  return (
    <article className="comparison-cell" data-cell-id={cell_id}>
      <h3>
        {title}
        <span className={change === "deleted" ? "pill pill-warn" : "pill"}>{WORDS[change]}</span>
        <span className="grow" />
        {by.map((id) => {
          const who = names.of(id);
          return (
            <span key={id} className="comparison-who">
              <ActorFace id={id} kind={who.kind} name={who.name} /> {who.name}
            </span>
          );
        })}
      </h3>
      {fields.map((words) => (
        <p key={words} className="comparison-field">
          {words.charAt(0).toUpperCase() + words.slice(1)}.
        </p>
      ))}
      {diff ? <Diff lines={told(change, diff)} label={`Changes of ${title}`} /> : null}
      {children}
    </article>
  );
}

/** A cell that came or went has one side only, and where a first part begins goes without saying. */
function told(change: keyof typeof WORDS, diff: string): readonly DiffLine[] {
  const lines = linesOfDiff(diff.trimEnd());
  const only = { added: "added", deleted: "removed", changed: null, ran: null, shown: null }[change];
  return lines.filter(({ kind }, number) => (only ? kind === only : number > 0 || kind !== "place"));
}

interface Difference {
  readonly found: (Omit<NotebookDiff, "cells"> & { readonly cells: readonly CellDiff[] }) | null;
  readonly error: string | null;
}

function useDifference(
  notebookId: string,
  from: number,
  to: number,
): Difference & { readonly more: (() => void) | null } {
  const [state, setState] = useState<Difference>({ found: null, error: null });
  const [after, setAfter] = useState<string | undefined>();
  useEffect(() => setAfter(undefined), [notebookId, from, to]);
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      call("diff_notebook", { notebook_id: notebookId, from, to, ...(after ? { after } : {}) })
        .then(({ cells = [], ...rest }) => {
          if (gone) return;
          setState(({ found: before }) => ({
            found: { ...rest, cells: after ? [...(before?.cells ?? []), ...cells] : cells },
            error: null,
          }));
        })
        .catch((error: unknown) => {
          if (!gone) setState((before) => ({ ...before, error: messageOf(error) }));
        });
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [notebookId, from, to, after]);
  const next = state.found?.next_after;
  return { ...state, more: next ? () => setAfter(next) : null };
}
