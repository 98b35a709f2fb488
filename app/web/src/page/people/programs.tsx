// What acts for people: programs with their credentials and last use, and browsers that are signed in.

import { useState, useSyncExternalStore } from "react";
import type { Credential, Credentials, CredentialUse, Scope } from "../../generated.ts";
import { unsentHere } from "../../replica/outbox.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { owner } from "../../wire/owner.ts";
import type { Known } from "../connect/credentials.ts";
import { ActorFace } from "../face.tsx";
import { shownClient } from "../history/sentence.tsx";
import { messageOf } from "../home/listing.ts";
import { ago, dayAndTime } from "../moments.ts";
import { names } from "../loop.ts";
import { useNow } from "../now.ts";
import { Link } from "../router.tsx";
import { isLiving } from "./living.ts";
import { SignOutQuestion } from "./sign-out-question.tsx";

const WORDS: Readonly<Partial<Record<Scope, string>>> = {
  "notebook:read": "read",
  "notebook:write": "edit",
  "notebook:run": "run",
  "notebook:admin": "manage",
  runtime: "serve as a runtime",
  assistant: "assist",
  audit: "audit",
};

export function Programs({ known: { found, error, ask } }: { readonly known: Known }) {
  const [ended, setEnded] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const now = useNow();
  useSyncExternalStore(names.watch, () => names.version);
  const act = (deed: Promise<unknown>): void => {
    setRefused(null);
    deed.catch((why: unknown) => setRefused(messageOf(why))).finally(() => void ask());
  };
  if (!found)
    return (
      <p className="people-note" role="status">
        {error ?? "Reading…"}
      </p>
    );
  const living = found.credentials.filter((one) => isLiving(one, now)).toReversed();
  const over = found.credentials.filter((one) => !isLiving(one, now)).toReversed();
  const programs = living.filter(({ kind }) => kind !== "session" && kind !== "link");
  const sessions = living.filter(({ kind }) => kind === "session");
  const row = (one: Credential) => (
    <Row key={one.credential_id} credential={one} found={found} now={now} act={act} />
  );
  return (
    <>
      {refused ? (
        <p role="alert" className="people-error">
          {refused}
        </p>
      ) : null}
      <div className="people-head">
        <h2>Programs</h2>
        <span className="grow" />
        <Link to={{ screen: "connect" }} className="button">
          Connect another
        </Link>
      </div>
      {programs.length === 0 ? (
        <p className="people-note">No program acts for anybody here.</p>
      ) : (
        <ul className="people-list" aria-label="Programs">
          {programs.map(row)}
        </ul>
      )}
      <div className="people-head">
        <h2>Browsers that are signed in</h2>
      </div>
      <ul className="people-list" aria-label="Browsers">
        {sessions.map(row)}
      </ul>
      {over.length > 0 ? (
        <>
          <button
            type="button"
            className="text-button people-ended"
            aria-expanded={ended}
            onClick={() => setEnded(!ended)}
          >
            {ended ? "Hide" : "Show"} what has ended ({over.length})
          </button>
          {ended ? (
            <ul className="people-list" aria-label="Ended">
              {over.map(row)}
            </ul>
          ) : null}
        </>
      ) : null}
    </>
  );
}

function Row({
  credential,
  found,
  now,
  act,
}: {
  readonly credential: Credential;
  readonly found: Credentials;
  readonly now: number;
  readonly act: (deed: Promise<unknown>) => void;
}) {
  const { credential_id, principal_id, person_id, kind, label, scopes, notebooks } = credential;
  const [unsent, setUnsent] = useState(0);
  const use = found.used?.find((one) => one.credential_id === credential_id);
  const paused = found.paused?.[principal_id];
  const living = isLiving(credential, now);
  const face = kind === "session" || kind === "link" ? "human" : kind;
  const may = Object.entries(WORDS)
    .flatMap(([scope, word]) => (scopes.includes(scope as Scope) ? [word] : []))
    .join(", ");
  const where = notebooks
    ? notebooks.length === 1
      ? " in one notebook"
      : ` in ${notebooks.length} notebooks`
    : "";
  const revoke = (): void => act(call("revoke_credential", { credential_id }, newId()));
  const end = async (): Promise<void> => {
    const own = kind === "session" && person_id === (await owner);
    const left = own ? await unsentHere().catch(() => 0) : 0;
    if (left > 0) setUnsent(left);
    else revoke();
  };
  return (
    <li className="people-row" data-ended={living ? undefined : true}>
      <ActorFace id={principal_id} kind={face} name={label} />
      <div className="people-words">
        <span className="people-name">
          {label}
          {paused === undefined ? null : <span className="pill pill-warn">Paused</span>}
        </span>
        <span className="people-facts">
          {face === "human" && kind !== "human"
            ? ""
            : `May ${may}${where}, for ${names.of(person_id).name} · `}
          {kind === "link" ? "Let one browser in, once" : usedWords(use, now)}
        </span>
      </div>
      {living && kind !== "session" && kind !== "human" ? (
        paused === undefined ? (
          <button
            type="button"
            className="button"
            aria-label={`Pause ${label}`}
            onClick={() => act(call("pause_agent", { principal_id }, newId()))}
          >
            Pause
          </button>
        ) : (
          <button
            type="button"
            className="button"
            aria-label={`Resume ${label}`}
            onClick={() => act(call("resume_agent", { principal_id }, newId()))}
          >
            Resume
          </button>
        )
      ) : null}
      {living ? (
        <button
          type="button"
          className="button"
          aria-label={`${kind === "session" ? "Sign out" : "Revoke"} ${label}`}
          onClick={() => void end()}
        >
          {kind === "session" ? "Sign out" : "Revoke"}
        </button>
      ) : null}
      {unsent > 0 ? (
        <SignOutQuestion unsent={unsent} signOut={revoke} close={() => setUnsent(0)} />
      ) : null}
    </li>
  );
}

function usedWords(use: CredentialUse | undefined, now: number): React.ReactNode {
  if (!use) return "never used";
  return (
    <span title={dayAndTime(use.at)}>
      used {ago(use.at, now)}
      {use.client ? ` by ${shownClient(use.client)}` : ""}
    </span>
  );
}
