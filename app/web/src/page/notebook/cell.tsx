// One cell: its rail, its source, what it shows, and the buttons that come when one looks at it.

import { memo, Suspense, useEffect, useRef } from "react";
import { ArrowDown, ArrowUp, Play, Square, Trash2 } from "lucide-react";
import { Markdown } from "../../outputs/markdown.tsx";
import { useSeen } from "../../outputs/sight.ts";
import type { Present } from "../presence.ts";
import { action, type Context } from "./commands.ts";
import type { Row } from "./rows.ts";
import { runCells } from "./run-commands.ts";
import { FoldedSource, SectionToggle, useFolded } from "./folding.tsx";
import { Grip } from "./grip.tsx";
import { takesImages } from "./images.ts";
import { CellSource } from "./source.tsx";
import { StandingSign } from "./standing.tsx";
import type { Looking } from "./view.ts";
import { later } from "../../later.ts";

const Output = later(async () => ({
  default: (await import("../../outputs/output.tsx")).Output,
}));
const Trouble = later(() => import("./trouble.tsx"));
const InputPrompt = later(() => import("./input-prompt.tsx"));
const LastChanged = later(() => import("../history/last-changed.tsx"));

export interface CellProps extends Row {
  readonly context: Context;
  readonly language: string;
  readonly place: number;
  readonly total: number;
  readonly looking: Looking["mode"] | null;
  readonly chosen: boolean;
  /** How many cells stand folded under this one. */
  readonly folded: number;
  readonly focusing: number | null;
  readonly others: readonly Present[];
}

export const CellRow = memo(function CellRow(props: CellProps) {
  const { context, cell, standing, place, total, looking, chosen, focusing } = props;
  const { view } = context;
  const { cell_id: cellId } = cell;
  const row = useRef<HTMLElement>(null);
  const seen = useSeen(row) || looking !== null;
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
      {seen ? <Whole {...props} /> : <Unseen source={cell.source} />}
    </article>
  );
});

function Whole(props: CellProps) {
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
            <LastChanged notebookId={context.session.notebookId} cell={cell} />
          </Suspense>
        ) : null}
      </div>
      <Buttons {...props} />
    </>
  );
}

/** Far from sight a cell is its text alone: a thousand of them cost little. */
function Unseen({ source }: { readonly source: string }) {
  return (
    <>
      <div className="cell-rail" />
      <div className="cell-body">
        <div className="cell-source">
          <pre className="static-source">{source || " "}</pre>
        </div>
      </div>
    </>
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

function Source(props: CellProps) {
  const { context, cell, language, looking, focusing, others, place } = props;
  const { session, view } = context;
  const cellId = cell.cell_id;
  const folded = useFolded(context, "source", cell);
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
      label={`Source of cell ${place}`}
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
function Note(props: CellProps) {
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
  const from = { notebook_id: session.notebookId };
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
        <div className="outputs">
          <Suspense fallback={null}>
            {outputs.map((output, number) => (
              <Output key={number} output={output} from={from} />
            ))}
          </Suspense>
        </div>
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
function isTroubled({ state, execution }: Row["standing"]): boolean {
  return execution?.cancel_requested || ["adrift", "lost", "cancelled"].includes(state);
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
