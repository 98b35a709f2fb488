// What went otherwise than asked with a run, beside its cell, with the way on.

import { useEffect, useState } from "react";
import { isDue, type Standing } from "../../notebook/cells.ts";
import type { Session } from "../../replica/session.ts";

/** After so long a run that was asked to stop may be forced. */
const PATIENCE_MS = 5_000;
/** After so long what is the next to run and does not begin is late. */
const LATE_MS = 8_000;

export default function Trouble({
  session,
  standing,
}: {
  readonly session: Session;
  readonly standing: Standing;
}) {
  const { execution, state } = standing;
  if (!execution) return null;
  const { execution_id } = execution;
  const force = (): void => {
    void session.do({ tool: "cancel_execution", takes: { execution_id, force: true } });
  };
  if (state === "adrift") {
    return (
      <p className="trouble">
        Its runtime is out of reach. It goes on when the runtime comes back.
        <button type="button" className="text-button" onClick={force}>
          Give it up
        </button>
      </p>
    );
  }
  if (isDue(standing)) {
    return <Late key={execution_id} session={session} since={execution.requested_at} />;
  }
  if (execution.cancel_requested) return <Stopping key={execution_id} force={force} />;
  if ((state === "lost" || state === "cancelled") && execution.reason) {
    return <p className="trouble">{execution.reason}</p>;
  }
  return null;
}

/** Why what should run by now does not, with the way on. */
function Late({ session, since }: { readonly session: Session; readonly since: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const left = Math.max(0, Date.parse(since) + LATE_MS - Date.now());
    const timer = setTimeout(() => setLate(true), left);
    return () => clearTimeout(timer);
  }, [since]);
  const { runtimes, queue, executions } = session.shown.confirmed;
  if (!late || queue.some((one) => executions.get(one)?.status === "started")) return null;
  if (runtimes.size > 0) return <p className="trouble">It is late: its kernel is still starting.</p>;
  return (
    <p className="trouble">
      It is late: no runtime is there to run it. It waits in the log until one comes, from any
      machine that reaches this server: <code>intheloop runtime</code>
    </p>
  );
}

function Stopping({ force }: { readonly force: () => void }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="trouble">
      Stopping…
      {long ? (
        <>
          {" "}
          It does not stop by itself. A restart ends it, and all variables are lost.
          <button type="button" className="text-button" onClick={force}>
            Restart the kernel
          </button>
        </>
      ) : null}
    </p>
  );
}
