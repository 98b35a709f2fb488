// One call that waits for a person's word: what exactly would happen, and the word.

import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Approval, ResolveApproval, Span, Step } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { ActorFace } from "../face.tsx";
import { names } from "../loop.ts";
import { dayAndTime } from "../moments.ts";
import { Diff } from "./diff.tsx";
import { linesOf, plain, wordsOf } from "./steps.ts";

/** What runs code, wherever that will be. */
const RUNS: ReadonlySet<string> = new Set(["run_cells", "run_code", "restart_kernel"]);

export interface ApprovalCardProps {
  readonly session: Session;
  readonly approval: Approval;
  readonly nameOf: (cellId: string) => string | null;
  /** It was asked for by its address: it is scrolled to and has the focus. */
  readonly wanted: boolean;
}

export function ApprovalCard({ session, approval, nameOf, wanted }: ApprovalCardProps) {
  const { resolved, resolved_sha256, approval_id, correlation_id } = approval;
  const [denying, setDenying] = useState(false);
  const [given, setGiven] = useState(false);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!wanted) return;
    card.current?.scrollIntoView({ block: "center" });
    card.current?.focus({ preventScroll: true });
  }, [wanted]);
  const decide = (
    verdict: ResolveApproval["verdict"],
    more: { readonly span?: Span; readonly reason?: string } = {},
  ): void => {
    if (given) return;
    setGiven(true);
    const takes = { approval_id, verdict, resolved_sha256, ...more };
    void session
      .do({ tool: "resolve_approval", takes })
      .then(({ ok }) => ok || setGiven(false));
  };
  const pressed = (event: KeyboardEvent): void => {
    const { target } = event;
    if (target instanceof HTMLInputElement || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "y") decide("allow");
    else if (key === "n") setDenying(true);
    else return;
    event.preventDefault();
  };
  const named = names.of(approval.requested_by);
  const agent = correlation_id ? session.shown.confirmed.runs.get(correlation_id)?.agent : null;
  const who = agent ? { ...named, name: agent.name } : named;
  const title = `${who.name} wants to ${resolved.tool.replaceAll("_", " ")}`;
  return (
    <article
      ref={card}
      className="approval"
      data-approval={approval_id}
      data-own-keys
      tabIndex={0}
      aria-label={title}
      aria-keyshortcuts="y n"
      onKeyDown={pressed}
    >
      <header className="approval-head">
        <ActorFace {...who} />
        <h3>{title}</h3>
      </header>
      <p className="approval-why">{approval.reason}</p>
      {resolved.steps.map((step, number) => (
        <Shown key={number} step={step} nameOf={nameOf} />
      ))}
      <p className="approval-where">
        {resolved.place ? (
          <>
            Runs on {resolved.place.label || "the runtime"}
            {resolved.place.sandboxed
              ? ", in a sandbox. "
              : ", with all the powers of its system account. "}
          </>
        ) : RUNS.has(resolved.tool) ? (
          "No runtime serves this notebook yet. "
        ) : null}
        Open until {dayAndTime(approval.expires_at)}.
      </p>
      {denying ? (
        <Denial deny={(reason) => decide("deny", { reason })} back={() => setDenying(false)} />
      ) : (
        <div className="approval-buttons">
          <button
            type="button"
            className="button button-accent"
            disabled={given}
            onClick={() => decide("allow")}
          >
            Allow once <kbd>Y</kbd>
          </button>
          {correlation_id ? (
            <button
              type="button"
              className="button"
              disabled={given}
              onClick={() => decide("allow", { span: "run" })}
            >
              Allow for this run
            </button>
          ) : null}
          <button type="button" className="button" disabled={given} onClick={() => setDenying(true)}>
            Deny… <kbd>N</kbd>
          </button>
        </div>
      )}
    </article>
  );
}

function Denial({
  deny,
  back,
}: {
  readonly deny: (reason: string) => void;
  readonly back: () => void;
}) {
  const [note, setNote] = useState("");
  return (
    <form
      className="approval-buttons"
      onSubmit={(event) => {
        event.preventDefault();
        deny(note.trim());
      }}
    >
      <input
        className="field"
        aria-label="Why not"
        placeholder="Why not? It is told so. May stay empty."
        autoFocus
        value={note}
        onChange={({ target }) => setNote(target.value)}
        onKeyDown={({ key }) => key === "Escape" && back()}
      />
      <button type="submit" className="button button-accent">
        Deny
      </button>
      <button type="button" className="button" onClick={back}>
        Back
      </button>
    </form>
  );
}

function Shown({
  step,
  nameOf,
}: {
  readonly step: Step;
  readonly nameOf: ApprovalCardProps["nameOf"];
}) {
  const words = wordsOf(step, nameOf);
  return (
    <div className="approval-step">
      <h4>{words}</h4>
      {step.diff ? <Diff lines={linesOf(step.diff)} label={words} /> : null}
      {step.source && !step.diff ? <pre tabIndex={0}>{plain(step.source)}</pre> : null}
    </div>
  );
}

const ENDS: Readonly<Record<Approval["status"], string>> = {
  pending: "waits",
  granted: "was allowed, and happens when the same call is made again",
  used: "was allowed and done",
  denied: "was denied",
  expired: "was not decided in time and expired",
  voided: "no longer holds",
};

/** One that is over, in a sentence. */
export function ApprovalEnd({
  approval,
  wanted,
  dismiss,
}: {
  readonly approval: Approval;
  readonly wanted: boolean;
  readonly dismiss: () => void;
}) {
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wanted) card.current?.focus();
  }, [wanted]);
  const { status, note, resolved, requested_by } = approval;
  return (
    <article
      ref={card}
      className="approval approval-over"
      data-approval={approval.approval_id}
      data-status={status}
      data-own-keys
      tabIndex={0}
    >
      <p>
        What {names.of(requested_by).name} wanted ({resolved.tool.replaceAll("_", " ")}){" "}
        {ENDS[status]}
        {note ? `: ${note}` : "."}
      </p>
      <button type="button" className="button" onClick={dismiss}>
        Dismiss
      </button>
    </article>
  );
}
