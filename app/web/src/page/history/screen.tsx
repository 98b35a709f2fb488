// The history of one notebook as a page: the log at the left, the notebook as it was at the right.

import { useEffect, useState } from "react";
import { sessionOf, useShown } from "../loop.ts";
import { Link, name } from "../router.tsx";
import { Bar } from "../bar.tsx";
import { captionOf } from "./caption.ts";
import { Story } from "./panel.tsx";
import { usePast } from "./past.ts";
import PastNotebook from "./past-notebook.tsx";
import Refusals from "../notebook/refusals.tsx";
import { View } from "../notebook/view.ts";
import { useMoment } from "./moment.ts";

export default function HistoryScreen({
  notebookId,
  at: asked,
}: {
  readonly notebookId: string;
  readonly at: number | null;
}) {
  const session = sessionOf(notebookId);
  const shown = useShown(session);
  const { confirmed: now } = shown;
  const [at, go] = useMoment(asked, now.seq, (moment) =>
    name({
      screen: "history",
      notebook_id: notebookId,
      ...(moment === null ? {} : { at: moment }),
    }),
  );
  const looked = usePast(notebookId, at);
  const [view] = useState(() => new View());
  useEffect(() => {
    document.title = `History of ${now.title || "a notebook"} · In The Loop`;
  }, [now.title]);
  if (shown.ended !== null)
    return (
      <>
        <Bar />
        <main id="main" className="screen">
          <h1>Not to be seen here</h1>
          <p>{shown.ended}</p>
        </main>
      </>
    );
  const past = at === null ? null : looked.moment;
  const caption = captionOf(at, past?.line ?? null, now.seq);
  return (
    <>
      <Bar />
      <main id="main" className="history-page">
        <div className="history-story">
          <div className="history-title">
            <h1>History</h1>
            <Link to={{ screen: "notebook", notebook_id: notebookId }} className="text-button">
              {now.title || "Untitled"}
            </Link>
          </div>
          {shown.loaded ? (
            <Story session={session} now={now} at={at} looked={looked} go={go} />
          ) : (
            <p role="status" className="story-none">
              Opening…
            </p>
          )}
        </div>
        <div
          className="history-notebook"
          data-past={at !== null || undefined}
          tabIndex={0}
          role="region"
          aria-label="The notebook at that moment"
        >
          <Refusals session={session} view={view} refused={shown.refused} />
          {shown.loaded ? (
            <PastNotebook
              session={session}
              past={past?.notebook ?? now}
              now={now}
              caption={caption}
            />
          ) : null}
        </div>
      </main>
    </>
  );
}
