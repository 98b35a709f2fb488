// What all screens of this tab share: the way to the hub, the sessions of open notebooks, who I am.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Myself } from "../generated.ts";
import { Link } from "../replica/link.ts";
import { leftIn } from "../replica/outbox.ts";
import { Session, type Shown } from "../replica/session.ts";
import { call } from "../wire/calls.ts";
import { Names } from "./names.ts";

export const link = new Link((notebookId) => sessionOf(notebookId).sendLeft());
export const names = new Names();

const sessions = new Map<string, Session>();

/** The session of a notebook; the same for as long as the tab lives, so that nothing unsent is lost. */
export function sessionOf(notebookId: string): Session {
  const known = sessions.get(notebookId);
  if (known) return known;
  const session = new Session(link, notebookId);
  session.hear((signal) => names.learn(signal.actor));
  session.hearRecords((records) => records.forEach((record) => names.learn(record.actor)));
  sessions.set(notebookId, session);
  return session;
}

// What is not yet on the device would be gone with the tab: the browser asks the person first.
addEventListener("beforeunload", (event) => {
  if ([...sessions.values()].some(({ shown }) => !shown.kept)) event.preventDefault();
});

/** What tabs that are gone left goes out by this one, in whatever notebook it was. */
export async function sendLeft(): Promise<void> {
  for (const notebookId of await leftIn()) sessionOf(notebookId).sendLeft();
}

/** What a session shows, followed while the component is there. */
export function useShown(session: Session): Shown {
  useEffect(() => session.open(), [session]);
  return usePart(session, (shown) => shown);
}

/** A part of what a session shows. Who asks for it is drawn anew when it is another one, and not with
 * every key. */
export function usePart<T>(session: Session, part: (shown: Shown) => T): T {
  return useSyncExternalStore(session.watch, () => part(session.shown));
}

let asked: Promise<Myself> | undefined;

/** Who I am; null until the server said it. */
export function useMyself(): Myself | null {
  const [myself, setMyself] = useState<Myself | null>(null);
  useEffect(() => {
    asked ??= call("who_am_i", {});
    asked.then(setMyself).catch(() => {
      asked = undefined;
    });
  }, []);
  return myself;
}
