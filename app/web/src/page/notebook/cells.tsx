// The column of cells, and between them the places where one may be put.

import {
  Fragment,
  memo,
  Suspense,
  useCallback,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { CellType } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { insertAfter } from "./cell-commands.ts";
import { CellRow, unseenRem, type CellProps } from "./cell.tsx";
import type { Context } from "./action.ts";
import { useClose, useGrowing } from "./near.ts";
import type { Row, Rows } from "./rows.ts";
import { lastUnder } from "./selection.ts";
import { stretchesOf, type Stretch } from "./stretches.ts";
import { later } from "../../later.ts";

const CellProposals = later(() => import("../review/cell-proposals.tsx"));

/** Drawn anew only when cells come, go or move: each looks after its own row. */
export const Cells = memo(function Cells(props: CellsProps) {
  const { context, rows } = props;
  const { session } = context;
  const order = useSyncExternalStore(rows.watchOrder, () => rows.order);
  const before = useRef<readonly Stretch[]>([]);
  const stretches = useMemo(() => stretchesOf(order, before.current), [order]);
  before.current = stretches;
  const drawn = useGrowing(useMemo(() => stretches.map(({ key }) => key), [stretches]));
  const proposed = useSyncExternalStore(
    session.watch,
    () => session.shown.confirmed.proposals.length > 0,
  );
  let above = 0;
  return (
    <div className="cells">
      {order.length === 0 ? <Empty context={context} /> : <Gap context={context} after={null} />}
      {proposed ? <Proposals session={session} cellId="" /> : null}
      {stretches.slice(0, drawn).map(({ key, cells }) => {
        const from = above;
        above += cells.length;
        return (
          <Drawn
            key={key}
            {...props}
            cells={cells}
            above={from}
            total={order.length}
            proposed={proposed}
          />
        );
      })}
    </div>
  );
});

interface CellsProps {
  readonly context: Context;
  readonly rows: Rows;
  readonly language: string;
}

/** The height of what stands between two cells. */
const GAP_REM = 0.9;

/** A stretch of cells. Far from the window the browser neither lays it out nor looks into it. */
const Drawn = memo(function Drawn({
  cells,
  above,
  total,
  proposed,
  ...props
}: CellsProps & {
  readonly cells: readonly string[];
  readonly above: number;
  readonly total: number;
  readonly proposed: boolean;
}) {
  const { context, rows } = props;
  const element = useRef<HTMLDivElement>(null);
  const close = useClose(element);
  const rem = cells.reduce(
    (sum, cellId) => sum + unseenRem(rows.of(cellId)?.cell.source ?? "") + GAP_REM,
    0,
  );
  return (
    <div ref={element} className="stretch" style={{ containIntrinsicSize: `auto ${rem}rem` }}>
      {cells.map((cellId, number) => {
        const place = above + number + 1;
        return (
          <Fragment key={cellId}>
            <Placed {...props} cellId={cellId} place={place} total={total} close={close} />
            {proposed ? <Proposals session={context.session} cellId={cellId} /> : null}
            <Gap context={context} after={cellId} last={place === total} />
          </Fragment>
        );
      })}
    </div>
  );
});

function Proposals(props: { readonly session: Session; readonly cellId: string }) {
  return (
    <Suspense fallback={null}>
      <CellProposals {...props} />
    </Suspense>
  );
}

/** A cell in its place. */
const Placed = memo(function Placed({
  rows,
  cellId,
  ...props
}: Omit<CellProps, keyof Row> & { readonly rows: Rows; readonly cellId: string }) {
  const watch = useCallback((watcher: () => void) => rows.watch(cellId, watcher), [rows, cellId]);
  const row = useSyncExternalStore(watch, () => rows.of(cellId));
  return row ? <CellRow {...props} {...row} /> : null;
});

const Gap = memo(function Gap({
  context,
  after,
  last = false,
}: {
  readonly context: Context;
  readonly after: string | null;
  readonly last?: boolean;
}) {
  // Until somebody points there, buttons that nobody sees need not be.
  const [pointed, setPointed] = useState(false);
  return (
    <div
      className="gap"
      data-last={last || undefined}
      {...(pointed ? {} : { onPointerEnter: () => setPointed(true) })}
    >
      {pointed || last ? <GapButtons context={context} after={after} last={last} /> : null}
    </div>
  );
});

function GapButtons({
  context,
  after,
  last,
}: {
  readonly context: Context;
  readonly after: string | null;
  readonly last: boolean;
}) {
  const insert = (cell_type: CellType): void => {
    const above = after === null ? null : lastUnder(context, after);
    insertAfter(context, above, [{ cell_type }], "edit");
  };
  return (
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
