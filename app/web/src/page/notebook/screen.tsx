// The notebook screen: header, outline, the column of cells, and a panel at the right for others.

import { lazy, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { cellsOf } from "../../notebook/cells.ts";
import { kernelOf } from "../../notebook/kernel.ts";
import { useHistoryBeside } from "../history/beside.tsx";
import { link, sessionOf, useShown } from "../loop.ts";
import { Presence } from "../presence.ts";
import { Link } from "../router.tsx";
import { Cells } from "./cells.tsx";
import type { Context } from "./commands.ts";
import { Header } from "./header.tsx";
import { Keyboard, press } from "./keyboard.ts";
import { Outline } from "./outline.tsx";
import { Refusals } from "./refusals.tsx";
import { View } from "./view.ts";

const Palette = lazy(() => import("./palette.tsx"));
const KeySheet = lazy(() => import("./key-sheet.tsx"));
const PeopleDrawer = lazy(() => import("../people/drawer.tsx"));

type Panel = Parameters<Context["open"]>[0];

const WIDE = "(min-width: 1100px)";

export function NotebookScreen({ notebookId }: { readonly notebookId: string }) {
  const session = sessionOf(notebookId);
  const shown = useShown(session);
  const [view] = useState(() => new View());
  const [presence] = useState(() => new Presence(session));
  const [over, setOver] = useState<Exclude<Panel, "outline" | "history"> | null>(null);
  const [outline, setOutline] = useState(
    () => matchMedia(WIDE).matches && recall("outline") !== "off",
  );
  const { toggle: toggleHistory, ...history } = useHistoryBeside(session, shown);
  const context = useMemo<Context>(
    () => ({
      session,
      view,
      open: (panel: Panel) => {
        if (panel === "outline") setOutline((before) => remember("outline", !before));
        else if (panel === "history") toggleHistory();
        else setOver(panel);
      },
    }),
    [session, view, toggleHistory],
  );
  useEffect(() => presence.open(), [presence]);
  useHere(context, presence);
  const keyboard = useRef(new Keyboard());
  // The past takes no commands: Escape leaves it, other keys scroll.
  const leave = useRef((_: KeyboardEvent): boolean => false);
  leave.current = (event) => history.past !== null && (event.key !== "Escape" || history.leave());
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || elsewhere(event.target)) return;
      if (leave.current(event)) return;
      press(keyboard.current, event, context);
    };
    addEventListener("keydown", pressed, { capture: true });
    return () => removeEventListener("keydown", pressed, { capture: true });
  }, [context]);
  const cells = useMemo(() => cellsOf(shown.notebook), [shown.notebook]);
  view.neighbour = (cellId, direction) => {
    const at = cells.findIndex((cell) => cell.cell_id === cellId);
    return at < 0 ? null : (cells[at + direction]?.cell_id ?? null);
  };
  useEffect(() => {
    document.title = shown.notebook.title ? `${shown.notebook.title} · In The Loop` : "In The Loop";
  }, [shown.notebook.title]);
  const { language } = kernelOf(shown.notebook);
  if (shown.ended !== null) return <Gone sentence={shown.ended} />;
  return (
    <>
      <div className="notebook">
        <a className="skip" href="#cells">
          Skip to the cells
        </a>
        <Header context={context} shown={shown} presence={presence} />
        <div className="notebook-room">
          {outline ? <Outline cells={cells} view={view} /> : null}
          <main id="cells" className="notebook-column" aria-label="Notebook">
            <Refusals session={session} view={view} refused={shown.refused} />
            {history.past ??
              (shown.loaded ? (
                <Cells
                  context={context}
                  shown={shown}
                  cells={cells}
                  language={language}
                  presence={presence}
                />
              ) : (
                <Loading />
              ))}
          </main>
          {history.panel}
        </div>
        <Announcer cells={shown.notebook.executions} />
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

/** Keys that are meant for something else: a field, a dialog, a menu. */
function elsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("[role=dialog], [role=menu], aside")) return true;
  return target.closest("input, textarea, select") !== null;
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

/** Tells a screen reader of runs that ended, politely. */
function Announcer({
  cells,
}: {
  readonly cells: ReadonlyMap<
    string,
    {
      readonly completed_at: string | null;
      readonly status: string;
      readonly execution_count: number | null;
    }
  >;
}) {
  const last = useMemo(() => {
    let found:
      { completed_at: string | null; status: string; execution_count: number | null } | undefined;
    for (const one of cells.values()) {
      if (one.completed_at && one.completed_at > (found?.completed_at ?? "")) found = one;
    }
    return found;
  }, [cells]);
  const [first] = useState(last);
  const words =
    last && last !== first ? `Run ${last.execution_count ?? ""} ended: ${last.status}` : "";
  return (
    <div className="sr-only" role="status">
      {words}
    </div>
  );
}

function recall(name: string): string | null {
  return localStorage.getItem(`intheloop.${name}`);
}

function remember(name: string, on: boolean): boolean {
  localStorage.setItem(`intheloop.${name}`, on ? "on" : "off");
  return on;
}
