// How this tab stands with the server, as a quiet pill. While all is well there is nothing to see.

import { useSyncExternalStore } from "react";
import { link } from "../loop.ts";

export function ConnectionPill({
  unsent,
  kept,
  agreed,
}: {
  readonly unsent: number;
  readonly kept: boolean;
  readonly agreed: number;
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
        <span className="pill pill-warn">Offline{unsent > 0 ? `: ${waiting}` : ""}</span>
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
