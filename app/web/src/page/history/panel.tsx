// The history of a notebook beside its cells: what happened, and the way to every moment of it.

import { Maximize2, X } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import type { RecordLine } from "../../generated.ts";
import { cellsOf } from "../../notebook/cells.ts";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import type { About } from "../../wire/lines.ts";
import { Link } from "../router.tsx";
import { captionOf } from "./caption.ts";
import { Chain } from "./chain.tsx";
import { Comparison } from "./comparison.tsx";
import "../panel.css";
import "./history.css";
import { LaneView } from "./lanes.tsx";
import { MomentBar } from "./moment-bar.tsx";
import { useNaming } from "./naming.ts";
import { Narrowing } from "./narrowing.tsx";
import { useMoment } from "./moment.ts";
import PastNotebook from "./past-notebook.tsx";
import { usePast, type Looked } from "./past.ts";
import { usePlaying } from "./playing.ts";
import { RecordDrawer } from "./record-drawer.tsx";
import { StoryList } from "./story-list.tsx";
import { useTelling } from "./telling.ts";
import { useAdmin } from "../people/admin.ts";

const ABOUTS: readonly About[] = ["cells", "runs", "outputs", "comments", "runtime", "notebook"];
const ABOUTS_OF_ADMINS: readonly About[] = [...ABOUTS, "refused"];

export interface HistoryProps {
  readonly session: Session;
  /** The notebook as it is by now, as the server confirmed it. */
  readonly now: Notebook;
  readonly at: number | null;
  readonly looked: Looked;
  readonly go: (at: number | null) => void;
  readonly base: number | null;
  readonly compare: (base: number | null) => void;
}

/** What stands in the place of the cells, and how to leave it. */
export interface Then {
  readonly cells: ReactNode;
  readonly leave: () => void;
}

export default function HistoryPanel({
  session,
  now,
  show,
  close,
}: {
  readonly session: Session;
  readonly now: Notebook;
  /** Have another moment stand in the place of the cells; null for now. */
  readonly show: (then: Then | null) => void;
  readonly close: () => void;
}) {
  const notebook_id = session.notebookId;
  const [at, go] = useMoment(null, now.seq, nothing);
  const looked = usePast(notebook_id, at);
  const [base, compare] = useState<number | null>(null);
  const { moment } = looked;
  const naming = useNaming(now, moment?.notebook);
  useEffect(() => {
    const leave = (): void => {
      compare(null);
      go(null);
    };
    if (base !== null) {
      const other = at ?? now.seq;
      const cells = <Comparison notebookId={notebook_id} {...inOrder(base, other)} naming={naming} />;
      return show({ cells, leave });
    }
    if (at === null) return show(null);
    if (!moment) return;
    const caption = captionOf(at, moment.line, now.seq);
    const cells = (
      <PastNotebook
        session={session}
        past={moment.notebook}
        now={now}
        at={at}
        caption={caption}
        go={go}
      />
    );
    show({ cells, leave });
  }, [notebook_id, base, at, moment, now, naming, session, show, go]);
  useEffect(() => () => show(null), [show]);
  return (
    <aside className="panel history-panel" aria-label="History">
      <div className="panel-head">
        <h2>History</h2>
        <span className="grow" />
        <Link
          className="icon-button"
          aria-label="Open the history as a page"
          to={{
            screen: "history",
            notebook_id,
            ...(at === null ? {} : { at }),
            ...(base === null ? {} : { from: base }),
          }}
        >
          <Maximize2 size={15} />
        </Link>
        <button
          type="button"
          className="icon-button"
          aria-label="Close the history"
          onClick={close}
        >
          <X size={16} />
        </button>
      </div>
      <Story
        session={session}
        now={now}
        at={at}
        looked={looked}
        go={go}
        base={base}
        compare={compare}
      />
    </aside>
  );
}

function nothing(): void {}

/** Two moments as from and to. */
export function inOrder(one: number, other: number): { readonly from: number; readonly to: number } {
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

/** Slider, filters, lines and what a line holds: the same in the panel and on the page. */
export function Story({ session, now, at, looked, go, base, compare }: HistoryProps) {
  const { notebookId } = session;
  const telling = useTelling(notebookId, now.seq);
  const naming = useNaming(now, looked.moment?.notebook);
  const admin = useAdmin();
  const [record, setRecord] = useState<RecordLine | null>(null);
  const line = looked.moment?.at === at ? (looked.moment?.line ?? null) : null;
  const refused = telling.narrowed.about === "refused";
  const shown = looked.moment?.at ?? null;
  const { playing, toggle } = usePlaying(notebookId, at, now.seq, shown, go);
  const look = (one: RecordLine): void => {
    if (refused) setRecord(one);
    else go(one.seq >= now.seq ? null : one.seq);
  };
  const restore = (): void => {
    if (at === null) return;
    void session.do({ tool: "restore_notebook", takes: { to_seq: at } }).then(({ ok }) => {
      if (ok) go(null);
    });
  };
  return (
    <>
      <MomentBar
        notebookId={notebookId}
        head={now.seq}
        at={at}
        line={line}
        naming={naming}
        go={go}
        open={setRecord}
        restore={restore}
        base={base}
        compare={compare}
        playing={playing}
        play={toggle}
        lanes={
          <LaneView
            notebookId={notebookId}
            head={now.seq}
            who={telling.narrowed.who}
            narrow={(who) => telling.change({ ...telling.narrowed, who })}
          />
        }
      />
      {looked.error ? (
        <p role="alert" className="story-none">
          {looked.error}
        </p>
      ) : null}
      <Narrowing
        narrowed={telling.narrowed}
        change={telling.change}
        abouts={admin ? ABOUTS_OF_ADMINS : ABOUTS}
        actors={telling.actors}
        cells={cellsOf(now)}
      />
      <StoryList
        stretches={telling.stretches}
        naming={naming}
        seq={refused ? (record?.seq ?? null) : (at ?? now.seq)}
        look={look}
        open={setRecord}
      />
      <Chain notebookId={notebookId} at={at} />
      <RecordDrawer
        notebookId={refused ? "workspace" : notebookId}
        line={record}
        naming={naming}
        go={setRecord}
        close={() => setRecord(null)}
      />
    </>
  );
}
