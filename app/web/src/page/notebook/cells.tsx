// The column of cells, and between them the places where one may be put.

import { Plus } from "lucide-react";
import { Fragment, useMemo, useSyncExternalStore } from "react";
import { openByCell, outputsOf, placesOf, standingOf } from "../../notebook/cells.ts";
import type { Cell, CellType } from "../../generated.ts";
import type { Shown } from "../../replica/session.ts";
import type { Presence, Present } from "../presence.ts";
import { insertAfter } from "./cell-commands.ts";
import { CellRow } from "./cell.tsx";
import type { Context } from "./commands.ts";
import { selected } from "./view.ts";

const NOBODY: readonly Present[] = [];

export function Cells({
  context,
  shown,
  cells,
  language,
  presence,
}: {
  readonly context: Context;
  readonly shown: Shown;
  readonly cells: readonly Cell[];
  readonly language: string;
  readonly presence: Presence;
}) {
  const { view } = context;
  const { notebook, asked } = shown;
  const looking = useSyncExternalStore(view.watch, () => view.looking);
  const present = useSyncExternalStore(presence.watch, () => presence.shown);
  const open = useMemo(() => openByCell(notebook), [notebook]);
  const places = useMemo(() => placesOf(notebook), [notebook]);
  const others = useMemo(() => byCell(present), [present]);
  const ids = useMemo(() => cells.map((cell) => cell.cell_id), [cells]);
  const chosen = new Set(selected(looking, ids));
  return (
    <div className="cells">
      {cells.length === 0 ? <Empty context={context} /> : <Gap context={context} after={null} />}
      {cells.map((cell, number) => {
        const here = looking.cell_id === cell.cell_id;
        const standing = standingOf(notebook, cell, open, places);
        return (
          <Fragment key={cell.cell_id}>
            <CellRow
              context={context}
              cell={cell}
              outputs={outputsOf(notebook, cell)}
              standing={standing}
              asked={asked.has(cell.cell_id)}
              language={language}
              place={number + 1}
              total={cells.length}
              looking={here ? looking.mode : null}
              chosen={chosen.size > 1 && chosen.has(cell.cell_id)}
              collapsed={view.collapsed.has(cell.cell_id)}
              focusing={here ? view.focusing : null}
              others={others.get(cell.cell_id) ?? NOBODY}
            />
            <Gap context={context} after={cell.cell_id} last={number === cells.length - 1} />
          </Fragment>
        );
      })}
    </div>
  );
}

function byCell(present: readonly Present[]): ReadonlyMap<string, readonly Present[]> {
  const found = new Map<string, Present[]>();
  for (const one of present) {
    if (one.cell_id) found.set(one.cell_id, [...(found.get(one.cell_id) ?? []), one]);
  }
  return found;
}

function Gap({
  context,
  after,
  last = false,
}: {
  readonly context: Context;
  readonly after: string | null;
  readonly last?: boolean;
}) {
  const insert = (cell_type: CellType): void =>
    insertAfter(context, after, [{ cell_type }], "edit");
  return (
    <div className="gap" data-last={last || undefined}>
      <div className="gap-buttons">
        <button
          type="button"
          tabIndex={last ? 0 : -1}
          onClick={() => insert("code")}
          aria-label="Insert code here"
        >
          <Plus size={12} aria-hidden="true" /> Code
        </button>
        <button
          type="button"
          tabIndex={last ? 0 : -1}
          onClick={() => insert("markdown")}
          aria-label="Insert a note here"
        >
          <Plus size={12} aria-hidden="true" /> Note
        </button>
      </div>
    </div>
  );
}

function Empty({ context }: { readonly context: Context }) {
  return (
    <div className="empty">
      <p>This notebook is empty. Begin with code, or with a note.</p>
      <button
        type="button"
        className="button button-accent"
        onClick={() => insertAfter(context, null, [{ cell_type: "code" }], "edit")}
      >
        Code
      </button>
      <button
        type="button"
        className="button"
        onClick={() => insertAfter(context, null, [{ cell_type: "markdown" }], "edit")}
      >
        Note
      </button>
    </div>
  );
}
