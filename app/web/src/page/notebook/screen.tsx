// The notebook screen: header, outline, the column of cells, and a panel at the right for others.

import { Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Execution } from "../../generated.ts";
import { kernelOf } from "../../notebook/kernel.ts";
import type { Then } from "../history/panel.tsx";
import { link, sessionOf, usePart } from "../loop.ts";
import { Presence } from "../presence.ts";
import { Link } from "../router.tsx";
import { Cells } from "./cells.tsx";
import type { Context, Panel } from "./action.ts";
import type { Finding } from "./find-bar.tsx";
import { Folds } from "./folds.ts";
import { Header } from "./header.tsx";
import { Keyboard, press } from "./keyboard.ts";
import { Outline, useOutline } from "./outline.tsx";
import { Rows } from "./rows.ts";
import { orderOf } from "./selection.ts";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import { View } from "./view.ts";
import { later } from "../../later.ts";

const Palette = later(() => import("./palette.tsx"));
const Variables = later(() => import("./variables.tsx"));
const KeySheet = later(() => import("./key-sheet.tsx"));
const HistoryPanel = later(() => import("../history/panel.tsx"));
const AssistantPanel = later(() => import("../assistant/panel.tsx"));
const FindBar = later(() => import("./find-bar.tsx"));
const Refusals = later(() => import("./refused.tsx"));
const Waiting = later(() => import("../review/waiting.tsx"));
const PeopleDrawer = later(() => import("../people/drawer.tsx"));

export function NotebookScreen({ notebookId }: { readonly notebookId: string }) {
  const session = sessionOf(notebookId);
  useEffect(() => session.open(), [session]);
  const ended = usePart(session, (shown) => shown.ended);
  const loaded = usePart(session, (shown) => shown.loaded);
  const refused = usePart(session, (shown) => shown.refused);
  const waits = usePart(session, (shown) => shown.loaded && waitsForPeople(shown.confirmed));
  const title = usePart(session, ({ notebook }) => notebook.title);
  const language = usePart(session, ({ notebook }) => kernelOf(notebook).language);
  const [view] = useState(() => new View());
  const [presence] = useState(() => new Presence(session));
  const [folds] = useState(() => new Folds(notebookId));
  const [rows] = useState(() => new Rows(session, view, presence, folds));
  const [over, setOver] = useState<"palette" | "keys" | "people" | null>(null);
  const outline = useOutline();
  const [side, setSide] = useState<"variables" | "history" | "assistant" | null>(null);
  const [then, setThen] = useState<Then | null>(null);
  const [said, setSaid] = useState(0);
  const [finding, setFinding] = useState<Finding | null>(null);
  const context = useMemo<Context>(
    () => ({
      session,
      view,
      folds,
      open: (panel: Panel) => {
        if (panel === "outline") outline.toggle();
        else if (panel === "variables" || panel === "history" || panel === "assistant") {
          setSide((before) => (before === panel ? null : panel));
        } else if (panel === "find" || panel === "replace") {
          setFinding((before) => ({ panel, asked: (before?.asked ?? 0) + 1 }));
        } else if (panel === "kept") setSaid((before) => before + 1);
        else setOver(panel);
      },
    }),
    [session, view, folds, outline.toggle],
  );
  useEffect(() => presence.open(), [presence]);
  useHere(context, presence);
  const keyboard = useRef(new Keyboard());
  const past = useRef(then);
  past.current = then;
  // What is typed while a dialog comes is meant for it, and is no command.
  const asked = useRef(over);
  asked.current = over;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || asked.current !== null) return;
      if (event.key === "Escape") past.current?.leave();
      press(keyboard.current, event, context, past.current !== null);
    };
    addEventListener("keydown", pressed, { capture: true });
    return () => removeEventListener("keydown", pressed, { capture: true });
  }, [context]);
  view.neighbour = (cellId, direction) => {
    const order = orderOf(context);
    const at = order.indexOf(cellId);
    return at < 0 ? null : (order[at + direction] ?? null);
  };
  useRevealed(context);
  useEffect(() => {
    document.title = title ? `${title} · In The Loop` : "In The Loop";
  }, [title]);
  if (ended !== null) return <Gone sentence={ended} />;
  return (
    <>
      <div className="notebook">
        <a className="skip" href="#cells">
          Skip to the cells
        </a>
        <Header context={context} presence={presence} />
        <div className="notebook-room">
          {outline.open ? <Outline context={context} leave={outline.leave} /> : null}
          <main id="cells" className="notebook-column" aria-label="Notebook">
            {finding && loaded && !then ? (
              <Suspense fallback={null}>
                <FindBar context={context} finding={finding} close={() => setFinding(null)} />
              </Suspense>
            ) : null}
            {refused.length > 0 ? (
              <Suspense fallback={null}>
                <Refusals session={session} view={view} refused={refused} />
              </Suspense>
            ) : null}
            {waits ? (
              <Suspense fallback={null}>
                <Waiting session={session} />
              </Suspense>
            ) : null}
            {then?.cells ??
              (loaded ? (
                <Cells context={context} rows={rows} language={language} />
              ) : (
                <Loading />
              ))}
          </main>
          {side === "history" && loaded ? (
            <HistorySide session={session} show={setThen} close={() => setSide(null)} />
          ) : null}
          {side === "assistant" && loaded ? (
            <Suspense fallback={null}>
              <AssistantPanel context={context} close={() => setSide(null)} />
            </Suspense>
          ) : null}
          {side === "variables" ? (
            <aside className="side" aria-label="Panel">
              <button
                type="button"
                className="icon-button side-close"
                aria-label="Close the panel"
                onClick={() => setSide(null)}
              >
                ×
              </button>
              <VariablesSide session={session} />
            </aside>
          ) : null}
        </div>
        {said > 0 ? <AllKept key={said} session={session} /> : null}
        <Announcer session={session} />
      </div>
      <Suspense fallback={null}>
        {over === "palette" ? <Palette close={() => setOver(null)} context={context} /> : null}
        {over === "keys" ? <KeySheet close={() => setOver(null)} /> : null}
        {over === "people" ? (
          <PeopleDrawer notebookId={notebookId} close={() => setOver(null)} />
        ) : null}
      </Suspense>
    </>
  );
}

function HistorySide(props: {
  readonly session: Session;
  readonly show: (then: Then | null) => void;
  readonly close: () => void;
}) {
  const now = usePart(props.session, ({ confirmed }) => confirmed);
  return (
    <Suspense fallback={null}>
      <HistoryPanel {...props} now={now} />
    </Suspense>
  );
}

function VariablesSide({ session }: { readonly session: Session }) {
  const runs = usePart(session, ({ confirmed }) => lastRun(confirmed));
  return (
    <Suspense fallback={null}>
      <Variables session={session} runs={runs} />
    </Suspense>
  );
}

/** Whether there is, or was, something for people to decide. */
function waitsForPeople({ approvals, proposals }: Notebook): boolean {
  return approvals.length > 0 || proposals.length > 0 || location.search.includes("approval=");
}

/** The last moment at which a run ended. */
function lastRun({ executions }: Notebook): string {
  let last = "";
  for (const { completed_at } of executions.values()) {
    if (completed_at && completed_at > last) last = completed_at;
  }
  return last;
}

/** Whoever goes to a cell that stands folded sees it. */
function useRevealed({ session, view, folds }: Context): void {
  useEffect(
    () =>
      view.watch(() => {
        const { cell_id } = view.looking;
        if (cell_id) folds.reveal(session.shown.notebook, cell_id);
      }),
    [session, view, folds],
  );
}

/** Tell others where this tab is. */
function useHere({ view }: Context, presence: Presence): void {
  useEffect(() => {
    const tell = (): void => {
      const { cell_id, mode } = view.looking;
      const { anchor, head } = view.caret ?? { anchor: 0, head: 0 };
      presence.move({ cell_id, anchor, head, editing: mode === "edit" });
    };
    view.onCaret = tell;
    return view.watch(tell);
  }, [view, presence]);
}

function Loading() {
  const connection = useSyncExternalStore(link.watch, () => link.connection);
  return (
    <p className="p-8 text-center text-quiet" role="status">
      {connection === "offline" ? "The server cannot be reached. Trying again…" : "Opening…"}
    </p>
  );
}

function Gone({ sentence }: { readonly sentence: string }) {
  return (
    <main className="mx-auto max-w-lg p-8">
      <h1 className="mb-2 text-xl font-semibold">Not to be seen here</h1>
      <p className="mb-4 text-quiet">{sentence}</p>
      <Link to={{ screen: "home" }} className="button">
        All notebooks
      </Link>
    </main>
  );
}

/** Who saves hears that there is nothing to save. */
function AllKept({ session }: { readonly session: Session }) {
  const unsent = usePart(session, (shown) => shown.unsent);
  const kept = usePart(session, (shown) => shown.kept);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), 4_000);
    return () => clearTimeout(timer);
  }, []);
  const here = unsent === 1 ? "One change is" : `${unsent} changes are`;
  return (
    <p role="status" className="pill all-kept" hidden={over}>
      {unsent === 0
        ? "All is kept: whatever you do is saved at once."
        : `${here} ${kept ? "kept on this device, and not sent yet." : "being kept on this device."}`}
    </p>
  );
}

/** Tells a screen reader of runs that ended, politely. */
function Announcer({ session }: { readonly session: Session }) {
  const executions = usePart(session, ({ notebook }) => notebook.executions);
  const last = useMemo(() => {
    let found: Execution | undefined;
    for (const one of executions.values()) {
      if (one.completed_at && one.completed_at > (found?.completed_at ?? "")) found = one;
    }
    return found;
  }, [executions]);
  const [first] = useState(last);
  const words =
    last && last !== first ? `Run ${last.execution_count ?? ""} ended: ${last.status}` : "";
  return (
    <div className="sr-only" role="status">
      {words}
    </div>
  );
}
