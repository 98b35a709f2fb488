// The assistant beside the notebook: its threads, what it does, and where one writes to it.

import { Plus, X } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { ActorFace } from "../face.tsx";
import { names } from "../loop.ts";
import { dayAndTime, timeOf } from "../moments.ts";
import { useNaming } from "../history/naming.ts";
import type { Context } from "../notebook/action.ts";
import "../panel.css";
import { Approvals } from "../review/approvals.tsx";
import { PolicyChoice } from "../review/policy.tsx";
import { Answer } from "./answer.tsx";
import "./assistant.css";
import { Composer } from "./composer.tsx";
import { useTalk } from "./listening.ts";
import { threadsOf, type Exchange } from "./talk.ts";

const NEW = "";

export default function AssistantPanel({
  context,
  close,
}: {
  readonly context: Context;
  readonly close: () => void;
}) {
  const { session } = context;
  const heard = useTalk(session);
  const threads = useMemo(() => threadsOf(heard.exchanges), [heard.exchanges]);
  /** The thread that was chosen; null for whichever was written to last. */
  const [chosen, choose] = useState<string | null>(null);
  const threadId = chosen ?? [...threads.keys()].at(-1) ?? NEW;
  const exchanges = threads.get(threadId) ?? [];
  return (
    <aside className="panel assistant" aria-label="Assistant">
      <div className="panel-head">
        <h2>Assistant</h2>
        <span className="grow" />
        {threads.size > 0 ? (
          <select
            className="assistant-threads"
            aria-label="Thread"
            value={threads.has(threadId) ? threadId : NEW}
            onChange={({ target }) => choose(target.value)}
          >
            <option value={NEW}>New thread</option>
            {[...threads].toReversed().map(([id, [first]]) => (
              <option key={id} value={id}>
                {first?.text.slice(0, 60)}
              </option>
            ))}
          </select>
        ) : null}
        <button
          type="button"
          className="icon-button"
          aria-label="Begin a new thread"
          onClick={() => choose(NEW)}
        >
          <Plus size={16} />
        </button>
        <button type="button" className="icon-button" aria-label="Close the assistant" onClick={close}>
          <X size={16} />
        </button>
      </div>
      <PolicyChoice session={session} />
      <Thread key={threadId} context={context} exchanges={exchanges} drafts={heard.drafts}>
        {heard.error ? <p role="alert">{heard.error}</p> : null}
        {heard.read && exchanges.length === 0 ? <Nothing /> : null}
      </Thread>
      <Approvals session={session} wanted={null} />
      <Composer context={context} threadId={threadId || null} posted={choose} />
    </aside>
  );
}

function Nothing() {
  return (
    <div className="assistant-none">
      <p>Ask about this notebook, or say what is to be done in it.</p>
      <p>
        It acts on your behalf, with your rights and no more. All that it sees and does is in the
        history, and can be taken back.
      </p>
    </div>
  );
}

function Thread({
  context,
  exchanges,
  drafts,
  children,
}: {
  readonly context: Context;
  readonly exchanges: readonly Exchange[];
  readonly drafts: ReturnType<typeof useTalk>["drafts"];
  readonly children: React.ReactNode;
}) {
  const { session, view } = context;
  const { confirmed } = useSyncExternalStore(session.watch, () => session.shown);
  useSyncExternalStore(names.watch, () => names.version);
  const { nameOf } = useNaming(confirmed);
  const place = useEnd();
  return (
    <div className="assistant-thread" ref={place} tabIndex={0} role="log" aria-label="Thread">
      {children}
      {exchanges.map(({ message_id, text, cells, by, at, run }) => (
        <article key={message_id} className="exchange">
          <div className="message">
            <div className="message-who">
              <ActorFace {...names.of(by)} />
              <span className="answer-name">{names.of(by).name}</span>
              <time dateTime={at} title={dayAndTime(at)}>
                {timeOf(at)}
              </time>
              {cells ? (
                <span className="message-scope">
                  about {cells.map((id) => nameOf(id) ?? "a cell that is gone").join(", ")}
                </span>
              ) : null}
            </div>
            <p>{text}</p>
          </div>
          {run ? (
            <Answer
              notebookId={session.notebookId}
              run={run}
              by={confirmed.runs.get(run.run_id)?.principal_id ?? null}
              draft={drafts.get(run.run_id)}
              waiting={confirmed.approvals.filter(
                (one) => one.status === "pending" && one.correlation_id === run.run_id,
              )}
              nameOf={nameOf}
              look={(cellId) => view.go(cellId)}
              stop={() =>
                void session.do({ tool: "cancel_assistant_run", takes: { run_id: run.run_id } })
              }
            />
          ) : null}
        </article>
      ))}
    </div>
  );
}

/** Stays at the end of what is said, unless somebody looks further up. */
function useEnd(): React.RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const list = place.current;
    if (!list) return;
    const scrolled = (): void => {
      atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    };
    list.addEventListener("scroll", scrolled, { passive: true });
    return () => list.removeEventListener("scroll", scrolled);
  }, []);
  useLayoutEffect(() => {
    if (place.current && atEnd.current) place.current.scrollTop = place.current.scrollHeight;
  });
  return place;
}
