// How this tab stands with the server, as a quiet pill. While all is well there is nothing to see.

import { useSyncExternalStore } from "react";
import type { Shown } from "../../replica/session.ts";
import { link } from "../loop.ts";
import { dayAndTime, timeOf } from "../moments.ts";

const DAY_MS = 86_400_000;

export function ConnectionPill({
  shown: { unsent, kept, agreed, as_of },
}: {
  readonly shown: Shown;
}) {
  const connection = useSyncExternalStore(link.watch, () => link.connection);
  const newer = useSyncExternalStore(link.watch, () => link.newer);
  const changes = unsent === 1 ? "1 change" : `${unsent} changes`;
  const waiting = kept ? `${changes} kept on this device` : `keeping ${changes} ...`;
  return (
    <span
      role="status"
      className="connection"
      data-connection={connection}
      data-unsent={unsent}
      data-agreed={agreed}
    >
      {connection === "offline" ? (
        <span className="pill pill-warn">
          Offline since {moment(link.since)}
          {as_of === null ? "" : `, as of ${moment(as_of)}`}
          {unsent > 0 ? `: ${waiting}` : ""}
        </span>
      ) : null}
      {connection === "signed out" ? (
        <span className="pill pill-bad">
          Signed out: run <code>intheloop open</code>
          {unsent > 0 ? `; ${waiting}` : ""}
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

/** The time, with the day if that is not today's. */
function moment(at: number): string {
  const iso = new Date(at).toISOString();
  return Date.now() - at < DAY_MS / 2 ? timeOf(iso) : dayAndTime(iso);
}
