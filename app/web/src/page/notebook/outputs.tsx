// What a cell shows. Loaded with the first notebook that shows anything; what is only named is asked
// for, once somebody looks.

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import { Output } from "../../outputs/output.tsx";
import type { Session } from "../../replica/session.ts";
import type { Row } from "./rows.ts";
import { leave, wait } from "./turns.ts";

/** After the cells that are near the window, and before what is far from it. */
const AFTER_CELLS = 1e5;

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
  const drawn = useTurn(!missing);
  const from = useMemo(() => ({ notebook_id: notebookId }), [notebookId]);
  return (
    <div className="outputs">
      {whole === null || !drawn ? (
        <p className="output-note">Loading…</p>
      ) : (
        whole.map((output, number) => <Output key={number} output={output} from={from} />)
      )}
    </div>
  );
}

/** Whether it is drawn by now: at once what is here, in its turn what comes, as much comes together. */
function useTurn(here: boolean): boolean {
  const [drawn, setDrawn] = useState(here);
  const [turn] = useState(() => ({}));
  useEffect(() => {
    if (drawn || !here) return;
    wait(turn, AFTER_CELLS, () => flushSync(() => setDrawn(true)));
    return () => leave(turn);
  }, [turn, drawn, here]);
  return drawn;
}
