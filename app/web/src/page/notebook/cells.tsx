// The column of cells, and between them the places where one may be put.

import { Fragment, memo, Suspense, useMemo, useSyncExternalStore } from "react";
import type { CellType } from "../../generated.ts";
import type { Presence, Present } from "../presence.ts";
import { insertAfter } from "./cell-commands.ts";
import { CellRow, type CellProps } from "./cell.tsx";
import type { Context } from "./commands.ts";
import type { Sight } from "./folds.ts";
import type { Row, Rows } from "./rows.ts";
import { lastUnder } from "./selection.ts";
import { selected } from "./view.ts";
import { later } from "../../later.ts";

const CellProposals = later(() => import("../review/cell-proposals.tsx"));

const NOBODY: readonly Present[] = [];

export function Cells({
  context,
  rows,
  language,
  presence,
}: {
  readonly context: Context;
  readonly rows: Rows;
  readonly language: string;
  readonly presence: Presence;
}) {
  const { session, view, folds } = context;
  const all = useSyncExternalStore(session.watch, () => rows.order);
  const sight = (): Sight => folds.sight(session.shown.notebook);
  const { order, under } = useSyncExternalStore(folds.watch, sight);
  const looking = useSyncExternalStore(view.watch, () => view.looking);
  const present = useSyncExternalStore(presence.watch, () => presence.shown);
  const others = useMemo(() => byCell(present), [present]);
  const proposed = useSyncExternalStore(
    session.watch,
    () => session.shown.confirmed.proposals.length > 0,
  );
  const proposals = (cellId: string) =>
    proposed ? (
      <Suspense fallback={null}>
        <CellProposals session={session} cellId={cellId} />
      </Suspense>
    ) : null;
  const chosen = new Set(selected(looking, all));
  return (
    <div className="cells">
      {order.length === 0 ? <Empty context={context} /> : <Gap context={context} after={null} />}
      {proposals("")}
      {order.map((cellId, number) => {
        const here = looking.cell_id === cellId;
        return (
          <Fragment key={cellId}>
            <Placed
              context={context}
              rows={rows}
              cellId={cellId}
              language={language}
              place={number + 1}
              total={order.length}
              looking={here ? looking.mode : null}
              chosen={chosen.size > 1 && chosen.has(cellId)}
              folded={under.get(cellId)?.length ?? 0}
              focusing={here ? view.focusing : null}
              others={others.get(cellId) ?? NOBODY}
            />
            {proposals(cellId)}
            <Gap
              context={context}
              after={lastUnder(context, cellId)}
              last={number === order.length - 1}
            />
          </Fragment>
        );
      })}
    </div>
  );
}

/** A cell in its place. It looks after its own row, so that others need not be drawn with it. */
const Placed = memo(function Placed({
  rows,
  cellId,
  ...props
}: Omit<CellProps, keyof Row> & { readonly rows: Rows; readonly cellId: string }) {
  const row = useSyncExternalStore(props.context.session.watch, () => rows.of(cellId));
  return row ? <CellRow {...props} {...row} /> : null;
});

function byCell(present: readonly Present[]): ReadonlyMap<string, readonly Present[]> {
  const found = new Map<string, Present[]>();
  for (const one of present) {
    if (one.cell_id) found.set(one.cell_id, [...(found.get(one.cell_id) ?? []), one]);
  }
  return found;
}

const Gap = memo(function Gap({
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
          <span aria-hidden="true">+</span> Code
        </button>
        <button
          type="button"
          tabIndex={last ? 0 : -1}
          onClick={() => insert("markdown")}
          aria-label="Insert a note here"
        >
          <span aria-hidden="true">+</span> Note
        </button>
      </div>
    </div>
  );
});

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
