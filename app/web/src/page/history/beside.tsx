// The history beside a notebook: whether it is open, and the moment that shows instead of the cells.
// What it is made of loads when it is opened first.

import { lazy, Suspense, useCallback, useState, type ReactNode } from "react";
import type { Session, Shown } from "../../replica/session.ts";
import { captionOf } from "./caption.ts";
import { useMoment } from "./moment.ts";
import { usePast } from "./past.ts";

const HistoryPanel = lazy(() => import("./panel.tsx"));
const PastNotebook = lazy(() => import("./past-notebook.tsx"));

export interface Beside {
  readonly toggle: () => void;
  /** Back to now; whether there was another moment to leave. */
  readonly leave: () => boolean;
  readonly panel: ReactNode;
  /** The cells as they were; null while it is now. */
  readonly past: ReactNode;
}

export function useHistoryBeside(session: Session, shown: Shown): Beside {
  const [open, setOpen] = useState(false);
  const { confirmed: now } = shown;
  const [at, go] = useMoment(null, now.seq, nothing);
  const looked = usePast(session.notebookId, at);
  const close = useCallback(() => {
    setOpen(false);
    go(null);
  }, [go]);
  const toggle = useCallback(() => {
    setOpen((before) => !before);
    go(null);
  }, [go]);
  const { moment } = looked;
  return {
    toggle,
    leave: () => {
      if (at !== null) go(null);
      return at !== null;
    },
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
  };
}

function nothing(): void {}
