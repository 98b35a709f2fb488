// How this tab stands with the server, as a quiet pill. While all is well there is nothing to see.

import { useSyncExternalStore } from "react";
import type { Session, Shown } from "../../replica/session.ts";
import { link, usePart } from "../loop.ts";
import { dayAndTime, timeOf } from "../moments.ts";

const DAY_MS = 86_400_000;

export function ConnectionPill({ session }: { readonly session: Session }) {
  const unsent = usePart(session, (shown) => shown.unsent);
  const kept = usePart(session, (shown) => shown.kept);
  const agreed = usePart(session, (shown) => shown.agreed);
  const as_of = usePart(session, (shown) => shown.as_of);
  const connection = useSyncExternalStore(link.watch, () => link.connection);
  const newer = useSyncExternalStore(link.watch, () => link.newer);
  return (
    <span
      role="status"
      className="connection"
      data-connection={connection}
      data-unsent={unsent}
      data-kept={kept}
      data-agreed={agreed}
    >
      {connection === "offline" ? (
        <span className="pill pill-warn">
          <span>
            Offline
            <span className="wide-only">
              {` since ${moment(link.since)}`}
              {as_of === null ? "" : `, as of ${moment(as_of)}`}
            </span>
            {unsent > 0 ? ": " : ""}
            <Waiting unsent={unsent} kept={kept} />
          </span>
        </span>
      ) : null}
      {connection === "signed out" ? (
        <span className="pill pill-bad">
          <span>
            Signed out: run <code>intheloop open</code>
            {unsent > 0 ? "; " : ""}
            <Waiting unsent={unsent} kept={kept} />
          </span>
        </span>
      ) : null}
      {newer ? (
        <button type="button" className="pill pill-accent" onClick={() => location.reload()}>
          The server is newer: reload
        </button>
      ) : null}
    </span>
  );
}

/** A phone has room for the number alone. */
function Waiting({ unsent, kept }: Pick<Shown, "unsent" | "kept">) {
  if (unsent === 0) return null;
  return (
    <>
      {unsent}
      <span className="wide-only">
        {unsent === 1 ? " change" : " changes"} {kept ? "kept on this device" : "being kept ..."}
      </span>
    </>
  );
}

/** The time, with the day if that is not today's. */
function moment(at: number): string {
  const iso = new Date(at).toISOString();
  return Date.now() - at < DAY_MS / 2 ? timeOf(iso) : dayAndTime(iso);
}
