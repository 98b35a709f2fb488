// One cell: its rail, its source, what it shows, and the buttons that come when one looks at it.

import { memo, Suspense, useEffect, useRef } from "react";
import { ArrowDown, ArrowUp, Play, Square, Trash2 } from "lucide-react";
import { StaticSource } from "../../editor/static-source.tsx";
import { isDue } from "../../notebook/cells.ts";
import { Markdown } from "../../outputs/markdown.tsx";
import type { Present } from "../presence.ts";
import type { Context } from "./action.ts";
import { action } from "./commands.ts";
import { useNearness } from "./near.ts";
import type { Row } from "./rows.ts";
import { runCells } from "./run-commands.ts";
import { FoldedSource, SectionToggle, useFolded } from "./folding.tsx";
import { Grip } from "./grip.tsx";
import { takesImages } from "./images.ts";
import { CellSource } from "./source.tsx";
import { StandingSign } from "./standing.tsx";
import { later } from "../../later.ts";

const Outputs = later(() => import("./outputs.tsx"));
const Trouble = later(() => import("./trouble.tsx"));
const InputPrompt = later(() => import("./input-prompt.tsx"));
const LastChanged = later(() => import("../history/last-changed.tsx"));

export interface CellProps extends Row {
  readonly context: Context;
  readonly language: string;
  readonly place: number;
  readonly total: number;
  /** Whether it may be near the window. */
  readonly close: boolean;
}

/** A cell that is drawn whole, with an editor while it is `near`. */
interface WholeProps extends CellProps {
  readonly near: boolean;
}

/** So many are drawn whole at once, so that somebody can begin to write. */
const AT_ONCE = 2;

export const CellRow = memo(function CellRow(props: CellProps) {
  const { context, cell, standing, place, total, looking, chosen, focusing, close } = props;
  const { view } = context;
  const { cell_id: cellId } = cell;
  const row = useRef<HTMLElement>(null);
  const [nearness, approach] = useNearness(row, place <= AT_ONCE, close);
  const near = nearness === "near" || looking !== null;
  useEffect(() => {
    if (focusing === null || looking !== "command") return;
    row.current?.focus({ preventScroll: true });
    row.current?.scrollIntoView({ block: "nearest" });
  }, [focusing, looking]);
  const busy = standing.state === "running" || standing.state === "waiting for input";
  return (
    <article
      ref={row}
      id={`cell-${cellId}`}
      className="cell"
      data-cell-id={cellId}
      data-type={cell.cell_type}
      data-state={standing.state}
      data-looking={looking ?? undefined}
      data-chosen={chosen || undefined}
      aria-label={`Cell ${place} of ${total}, ${cell.cell_type}, ${standing.state}`}
      aria-posinset={place}
      aria-setsize={total}
      aria-busy={busy}
      tabIndex={looking ? 0 : -1}
      {...takesImages(context, cell)}
      style={{ containIntrinsicSize: `auto ${unseenRem(cell.source)}rem` }}
      {...(near ? {} : { onPointerEnter: approach })}
      onFocus={(event) => {
        if (event.target === row.current) view.came(cellId, "command");
      }}
      onMouseDown={(event) => {
        const { target } = event;
        if (
          target instanceof Element &&
          target.closest(".cm-editor, button, input, a, summary, [data-own-keys]")
        )
          return;
        if (event.shiftKey) {
          event.preventDefault();
          view.extend(cellId);
        } else if (looking !== "command") view.came(cellId, "command");
      }}
    >
      {near || nearness === "read" ? (
        <Whole {...props} near={near} />
      ) : (
        <Unseen source={cell.source} />
      )}
    </article>
  );
});

function Whole(props: WholeProps) {
  const { context, cell, looking } = props;
  return (
    <>
      <Rail {...props} />
      <div className="cell-body">
        <Others others={props.others} />
        {cell.cell_type === "markdown" ? <Note {...props} /> : <Source {...props} />}
        {cell.cell_type === "code" ? <Shown {...props} /> : null}
        {looking ? (
          <Suspense fallback={null}>
            <LastChanged
              session={context.session}
              cell={cell}
              execution={props.standing.execution}
            />
          </Suspense>
        ) : null}
      </div>
      <Buttons {...props} />
    </>
  );
}

/** The height of a cell that nobody has seen, so that what is below it does not move once it is laid
 * out: of its lines and what surrounds them. */
export function unseenRem(source: string): number {
  return source.split("\n").length * 1.3 + 1.225;
}

/** Far from sight a cell is its text alone: a thousand of them cost little. */
function Unseen({ source }: { readonly source: string }) {
  return (
    <div className="cell-unseen">
      <StaticSource source={source} language={null} />
    </div>
  );
}

function Rail({ context, cell, standing, asked, folded }: CellProps) {
  const grip = <Grip context={context} cellId={cell.cell_id} />;
  if (cell.cell_type !== "code") {
    return (
      <div className="cell-rail">
        {grip}
        <SectionToggle context={context} cell={cell} folded={folded} />
      </div>
    );
  }
  const open =
    standing.execution &&
    ["queued", "running", "waiting for input", "adrift"].includes(standing.state);
  const { session } = context;
  const click = (): void => {
    if (open && standing.execution) {
      const { execution_id } = standing.execution;
      void session.do({ tool: "cancel_execution", takes: { execution_id } });
    } else runCells(context, [cell.cell_id]);
  };
  return (
    <div className="cell-rail">
      {grip}
      <button
        type="button"
        className="rail-button"
        tabIndex={-1}
        onClick={click}
        aria-label={open ? "Cancel this run" : "Run this cell"}
      >
        {open ? <Square size={12} fill="currentColor" /> : <Play size={13} fill="currentColor" />}
      </button>
      <StandingSign standing={standing} asked={asked} />
    </div>
  );
}

function Source({ context, cell, language, looking, focusing, others, place, near }: WholeProps) {
  const { session, view } = context;
  const cellId = cell.cell_id;
  const folded = useFolded(context, "source", cell);
  const lines = useFolded(context, "lines", cell);
  if (folded && looking !== "edit") {
    return <FoldedSource context={context} cell={cell} />;
  }
  return (
    <CellSource
      key={cell.cell_type}
      session={session}
      cellId={cellId}
      type={cell.cell_type}
      source={cell.source}
      language={language}
      lines={lines}
      label={`Source of cell ${place}`}
      near={near}
      focus={looking === "edit" ? focusing : null}
      others={others}
      events={{
        focused: () => view.came(cellId, "edit"),
        moved: (anchor, head) => view.moved(cellId, anchor, head),
        left: (direction) => view.leave(cellId, direction),
      }}
    />
  );
}

/** A note is read, until somebody writes it. */
function Note(props: WholeProps) {
  const { cell, looking, context } = props;
  if (looking === "edit") return <Source {...props} />;
  return (
    <div className="note" onDoubleClick={() => context.view.go(cell.cell_id, "edit")}>
      {cell.source.trim() ? (
        <Markdown
          text={cell.source}
          attachments={cell.attachments}
          notebookId={context.session.notebookId}
        />
      ) : (
        <p className="text-quiet">An empty note. Press Enter to write.</p>
      )}
    </div>
  );
}

function Shown({ context, cell, outputs, standing }: CellProps) {
  const { session } = context;
  const collapsed = useFolded(context, "outputs", cell);
  const input = standing.execution?.input ?? null;
  return (
    <>
      {outputs.length > 0 && collapsed ? (
        <button
          type="button"
          className="text-button folded"
          onClick={() => context.folds.set("outputs", [cell], false)}
        >
          {outputs.length === 1 ? "1 output" : `${outputs.length} outputs`} folded
        </button>
      ) : null}
      {outputs.length > 0 && !collapsed ? (
        <Suspense fallback={<div className="outputs" />}>
          <Outputs session={session} cellId={cell.cell_id} outputs={outputs} />
        </Suspense>
      ) : null}
      {input ? (
        <Suspense fallback={null}>
          <InputPrompt
            key={input.input_id}
            session={session}
            input={input}
            askedBy={standing.execution?.requested_by ?? ""}
          />
        </Suspense>
      ) : null}
      {isTroubled(standing) ? (
        <Suspense fallback={null}>
          <Trouble session={session} standing={standing} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Whether a run went otherwise than asked. */
function isTroubled(standing: Row["standing"]): boolean {
  const { state, execution } = standing;
  if (execution?.cancel_requested || isDue(standing)) return true;
  return ["adrift", "lost", "cancelled"].includes(state);
}

function Others({ others }: { readonly others: readonly Present[] }) {
  const here = others.filter((other) => !other.editing);
  if (here.length === 0) return null;
  return (
    <div className="cell-others">
      {here.map((other) => (
        <span key={other.key} className={`cell-other hue-${other.hue}`}>
          {other.name}
        </span>
      ))}
    </div>
  );
}

function Buttons({ context, cell }: CellProps) {
  const go = (id: string): void => {
    context.view.go(cell.cell_id);
    action(id).run(context);
  };
  return (
    <div className="cell-buttons" role="group" aria-label="Cell">
      <button type="button" tabIndex={-1} aria-label="Move up" onClick={() => go("move-up")}>
        <ArrowUp size={14} />
      </button>
      <button type="button" tabIndex={-1} aria-label="Move down" onClick={() => go("move-down")}>
        <ArrowDown size={14} />
      </button>
      <button type="button" tabIndex={-1} aria-label="Delete" onClick={() => go("delete")}>
        <Trash2 size={14} />
      </button>
    </div>
  );
}
