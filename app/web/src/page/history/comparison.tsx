// Two moments of a notebook side by side as one: what became of each cell between them, and by whom.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { CellDiff, NotebookDiff } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { ActorFace } from "../face.tsx";
import { messageOf } from "../home/listing.ts";
import { names } from "../loop.ts";
import { Diff } from "../review/diff.tsx";
import { linesOf as linesOfDiff, type DiffLine } from "../review/steps.ts";
import "../review/review.css";
import type { Naming } from "./naming.ts";

const REST_MS = 80;
const WORDS = { added: "Added", deleted: "Deleted", changed: "Changed" } as const;

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
  useSyncExternalStore(names.watch, () => names.version);
  const caption = `From event ${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
  return (
    <section className="past comparison" aria-label={caption}>
      <p className="past-caption" aria-hidden="true">
        {caption}
      </p>
      {error ? (
        <p role="alert" className="story-none">
          {error}
        </p>
      ) : null}
      {found?.fields?.map((words) => (
        <p key={words} className="comparison-field">
          {words.charAt(0).toUpperCase() + words.slice(1)}.
        </p>
      ))}
      {found && found.cells.length === 0 && !found.fields?.length ? (
        <p className="empty">No cell is different at these two moments.</p>
      ) : null}
      {found?.cells.map((cell) => (
        <Changed key={cell.cell_id} cell={cell} name={naming.nameOf(cell.cell_id)} />
      ))}
      {more ? (
        <button type="button" className="button" onClick={more}>
          Show more
        </button>
      ) : null}
    </section>
  );
}

function Changed({ cell, name }: { readonly cell: CellDiff; readonly name: string | null }) {
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
    </article>
  );
}

/** A cell that came or went has one side only, and where a first part begins goes without saying. */
function told(change: CellDiff["change"], diff: string): readonly DiffLine[] {
  const lines = linesOfDiff(diff.trimEnd());
  const only = { added: "added", deleted: "removed", changed: null }[change];
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
