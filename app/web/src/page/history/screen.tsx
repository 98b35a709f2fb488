// The history of one notebook as a page: the log at the left, the notebook as it was at the right.

import { useEffect, useState } from "react";
import { sessionOf, useShown } from "../loop.ts";
import { Link, name } from "../router.tsx";
import { Bar } from "../bar.tsx";
import { captionOf } from "./caption.ts";
import { Comparison } from "./comparison.tsx";
import { useNaming } from "./naming.ts";
import { inOrder, Story } from "./panel.tsx";
import { usePast } from "./past.ts";
import PastNotebook from "./past-notebook.tsx";
import Refusals from "../notebook/refused.tsx";
import { View } from "../notebook/view.ts";
import { useMoment } from "./moment.ts";

export default function HistoryScreen({
  notebookId,
  at: asked,
  from,
}: {
  readonly notebookId: string;
  readonly at: number | null;
  readonly from: number | null;
}) {
  const session = sessionOf(notebookId);
  const shown = useShown(session);
  const { confirmed: now } = shown;
  const [base, setBase] = useState(from);
  useEffect(() => setBase(from), [from]);
  const place = (moment: number | null, other: number | null): void =>
    name({
      screen: "history",
      notebook_id: notebookId,
      ...(moment === null ? {} : { at: moment }),
      ...(other === null ? {} : { from: other }),
    });
  const [at, go] = useMoment(asked, now.seq, (moment) => place(moment, base));
  const compare = (other: number | null): void => {
    setBase(other);
    place(at, other);
  };
  const looked = usePast(notebookId, at);
  const naming = useNaming(now, looked.moment?.notebook);
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
            <Story
              session={session}
              now={now}
              at={at}
              looked={looked}
              go={go}
              base={base}
              compare={compare}
            />
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
          {shown.loaded && base !== null ? (
            <Comparison
              notebookId={notebookId}
              {...inOrder(base, at ?? now.seq)}
              naming={naming}
            />
          ) : null}
          {shown.loaded && base === null ? (
            <PastNotebook
              session={session}
              past={past?.notebook ?? now}
              now={now}
              at={past?.at ?? now.seq}
              caption={caption}
              go={go}
            />
          ) : null}
        </div>
      </main>
    </>
  );
}
