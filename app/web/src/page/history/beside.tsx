// The history beside a notebook, and the moment that shows instead of the cells while it is open.
// What it is made of loads when it is opened first.

import { lazy, Suspense, useEffect, type ReactNode } from "react";
import type { Session, Shown } from "../../replica/session.ts";
import { captionOf } from "./caption.ts";
import { useMoment } from "./moment.ts";
import { usePast } from "./past.ts";

const HistoryPanel = lazy(() => import("./panel.tsx"));
const PastNotebook = lazy(() => import("./past-notebook.tsx"));

export interface Beside {
  readonly panel: ReactNode;
  /** The cells as they were; null while it is now. */
  readonly past: ReactNode;
  /** Back to now; whether there was another moment to leave. */
  readonly leave: () => boolean;
}

export function useHistoryBeside(
  session: Session,
  shown: Shown,
  open: boolean,
  close: () => void,
): Beside {
  const { confirmed: now } = shown;
  const [chosen, go] = useMoment(null, now.seq, nothing);
  const at = open ? chosen : null;
  const looked = usePast(session.notebookId, at);
  useEffect(() => {
    if (!open) go(null);
  }, [open, go]);
  const { moment } = looked;
  return {
    panel:
      open && shown.loaded ? (
        <Suspense fallback={null}>
          <HistoryPanel session={session} now={now} at={at} looked={looked} go={go} close={close} />
        </Suspense>
      ) : null,
    past:
      at !== null && moment ? (
        <Suspense fallback={null}>
          <PastNotebook
            session={session}
            past={moment.notebook}
            now={now}
            caption={captionOf(at, moment.line, now.seq)}
          />
        </Suspense>
      ) : null,
    leave: () => {
      if (at !== null) go(null);
      return at !== null;
    },
  };
}

function nothing(): void {}
