// What went otherwise than asked with a run, beside its cell, with the way on.

import { useEffect, useState } from "react";
import type { Standing } from "../../notebook/cells.ts";
import type { Session } from "../../replica/session.ts";

/** After so long a run that was asked to stop may be forced. */
const PATIENCE_MS = 5_000;

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
  if (execution.cancel_requested) return <Stopping key={execution_id} force={force} />;
  if ((state === "lost" || state === "cancelled") && execution.reason) {
    return <p className="trouble">{execution.reason}</p>;
  }
  return null;
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
