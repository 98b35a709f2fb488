// One proposed change in its place: what it does, and taking or refusing it by a key or a button.

import { useEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent } from "react";
import type { EditProposed, ResolveProposal } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { unpack } from "../../state.ts";
import { stateOf } from "../../wire/calls.ts";
import { recordsOf } from "../assistant/listening.ts";
import { ActorFace } from "../face.tsx";
import { names } from "../loop.ts";
import { Diff } from "./diff.tsx";
import { linesOf, type OpenHunk } from "./hunks.ts";

export interface ProposedProps {
  readonly session: Session;
  readonly open: OpenHunk;
  readonly nameOf: (cellId: string) => string | null;
}

type Edited = NonNullable<ResolveProposal["edited"]>;

export function Proposed({ session, open, nameOf }: ProposedProps) {
  const { proposal, number, hunk } = open;
  const { proposal_id } = proposal;
  const [given, setGiven] = useState(false);
  const [writing, setWriting] = useState(false);
  const card = useRef<HTMLElement>(null);
  useSyncExternalStore(names.watch, () => names.version);
  const conflict = useConflict(session, open);
  const decide = (verdict: ResolveProposal["verdict"], edited: Edited = []): void => {
    if (given) return;
    setGiven(true);
    if (card.current?.contains(document.activeElement)) focusNext(card.current);
    const takes = { proposal_id, verdict, hunks: [number], edited };
    void session.do({ tool: "resolve_proposal", takes }).then(() => setGiven(false));
  };
  const pressed = (event: KeyboardEvent): void => {
    const { target, key } = event;
    if (target instanceof HTMLTextAreaElement || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key.toLowerCase() === "y") decide("accept");
    else if (key.toLowerCase() === "n") decide("reject");
    else if (key === "j" || key === "ArrowDown") focusNext(event.currentTarget);
    else if (key === "k" || key === "ArrowUp") focusNext(event.currentTarget, -1);
    else return;
    event.preventDefault();
  };
  const who = names.of(proposal.proposed_by);
  const words = wordsOf(open, nameOf);
  const cell = session.shown.notebook.cells.get(hunk.cell_id);
  return (
    <article
      ref={card}
      className="hunk"
      data-hunk={`${proposal_id}-${number}`}
      data-kind={hunk.kind}
      data-conflict={conflict !== null || undefined}
      data-own-keys
      tabIndex={0}
      aria-label={`${who.name} proposes: ${words}`}
      aria-keyshortcuts="y n"
      onKeyDown={pressed}
    >
      <header className="approval-head">
        <ActorFace {...who} />
        <h3>{words}</h3>
        <span className="grow" />
        <div className="hunk-buttons">
          <button
            type="button"
            className="button"
            disabled={given}
            onClick={() => decide("accept")}
          >
            Accept <kbd>Y</kbd>
          </button>
          <button
            type="button"
            className="button"
            disabled={given}
            onClick={() => decide("reject")}
          >
            Reject <kbd>N</kbd>
          </button>
        </div>
      </header>
      {conflict === null ? null : (
        <p className="hunk-conflict" role="status">
          It does not fit any more. {conflict}
          {hunk.kind === "edit" && cell && !writing ? (
            <button type="button" className="text-button" onClick={() => setWriting(true)}>
              Write the text yourself
            </button>
          ) : null}
        </p>
      )}
      {hunk.kind === "edit" ? <Edit session={session} hunk={hunk} label={words} /> : null}
      {hunk.kind === "insert" ? (
        <Diff
          label={words}
          lines={hunk.source.split("\n").map((text) => ({ kind: "added", text }))}
        />
      ) : null}
      {writing && cell ? (
        <Own
          source={cell.source}
          back={() => setWriting(false)}
          take={(source) =>
            decide("accept", [{ cell_id: hunk.cell_id, source, rev: cell.rev }])
          }
        />
      ) : null}
    </article>
  );
}

function wordsOf({ hunk }: OpenHunk, nameOf: ProposedProps["nameOf"]): string {
  const cell = nameOf(hunk.cell_id) ?? "a cell that is gone";
  switch (hunk.kind) {
    case "edit":
      return `Change ${cell}`;
    case "insert":
      return hunk.cell_type === "markdown" ? "Add a note here" : "Add a cell here";
    case "delete":
      return `Delete ${cell}`;
    case "move":
      return hunk.after === null
        ? `Move ${cell} to the top`
        : `Move ${cell} after ${nameOf(hunk.after) ?? "a proposed cell"}`;
  }
}

function Edit({
  session,
  hunk,
  label,
}: {
  readonly session: Session;
  readonly hunk: EditProposed;
  readonly label: string;
}) {
  const now = useSyncExternalStore(session.watch, () =>
    session.shown.confirmed.cells.get(hunk.cell_id),
  );
  const past = now?.rev !== hunk.rev;
  const [then, setThen] = useState<string | null>(null);
  useEffect(() => {
    if (!past) return;
    let gone = false;
    stateOf(session.notebookId, { at: hunk.rev, outputs: "refs" }).then(
      ({ state }) => gone || setThen(unpack(state).cells.get(hunk.cell_id)?.source ?? null),
      () => {}, // then only the words tell what it is
    );
    return () => {
      gone = true;
    };
  }, [session, past, hunk]);
  const source = past ? then : now.source;
  const lines = source === null ? null : linesOf(source, hunk);
  return (
    <>
      {lines ? <Diff lines={lines} label={label} /> : null}
      {past ? (
        <p className="approval-why">
          The cell was changed since. It is fitted to the text as it is now, where it fits.
        </p>
      ) : null}
    </>
  );
}

/** Text of one's own, where what was proposed does not fit. */
function Own({
  source,
  take,
  back,
}: {
  readonly source: string;
  readonly take: (source: string) => void;
  readonly back: () => void;
}) {
  const [text, setText] = useState(source);
  return (
    <form
      className="hunk-own"
      onSubmit={(event) => {
        event.preventDefault();
        take(text);
      }}
    >
      <textarea
        className="field"
        aria-label="The text of the cell"
        autoFocus
        rows={Math.min(16, text.split("\n").length + 1)}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <div className="approval-buttons">
        <button type="submit" className="button button-accent">
          Take this text
        </button>
        <button type="button" className="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

/** Why it did not fit when it was to be taken; null if it was not tried, or fitted. */
function useConflict(session: Session, { proposal, number }: OpenHunk): string | null {
  const [reason, setReason] = useState("");
  const { proposal_id, conflicted } = proposal;
  const conflicts = conflicted.includes(number);
  useEffect(() => {
    if (!conflicts) return;
    let gone = false;
    recordsOf(session.notebookId, "proposalConflicted").then(
      (records) => {
        const found = records
          .map(({ data }) => data as { proposal_id: string; conflicts: { hunk: number; reason: string }[] })
          .filter((data) => data.proposal_id === proposal_id)
          .flatMap((data) => data.conflicts)
          .findLast((one) => one.hunk === number);
        if (!gone) setReason(found?.reason ?? "");
      },
      () => {}, // then it is only said that it does not fit
    );
    return () => {
      gone = true;
    };
  }, [session, proposal_id, number, conflicts, conflicted]);
  return conflicts ? reason : null;
}

/** The focus goes to the next change that is to be decided. */
export function focusNext(from: Element | null, by: 1 | -1 = 1): void {
  const all = [...document.querySelectorAll<HTMLElement>("[data-hunk]")];
  const next = all[from ? all.indexOf(from as HTMLElement) + by : 0];
  next?.scrollIntoView({ block: "nearest" });
  next?.focus({ preventScroll: true });
}
