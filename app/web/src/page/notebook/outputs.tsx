// What a cell shows. Loaded with the first notebook that shows anything; what is only named is asked
// for, once somebody looks.

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { Output } from "../../outputs/output.tsx";
import type { Session } from "../../replica/session.ts";
import type { Row } from "./rows.ts";

export default function Outputs({
  session,
  cellId,
  outputs,
}: {
  readonly session: Session;
  readonly cellId: string;
  readonly outputs: Row["outputs"];
}) {
  const { brought, notebookId } = session;
  const whole = useSyncExternalStore(brought.watch, () => brought.whole(outputs));
  const missing = whole === null;
  useEffect(() => {
    if (missing) brought.want(cellId, outputs);
  }, [brought, cellId, outputs, missing]);
  const from = useMemo(() => ({ notebook_id: notebookId }), [notebookId]);
  return (
    <div className="outputs">
      {whole === null ? (
        <p className="output-note">Loading…</p>
      ) : (
        whole.map((output, number) => <Output key={number} output={output} from={from} />)
      )}
    </div>
  );
}
