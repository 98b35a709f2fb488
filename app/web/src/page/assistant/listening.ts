// The talk of a notebook in one tab: its records from the log, then those that come, and the words
// that are being written.

import { useEffect, useMemo, useState } from "react";
import type { WireRecord } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { send } from "../../wire/calls.ts";
import type { Signal } from "../../wire/follow.ts";
import { messageOf } from "../home/listing.ts";
import { drafted, type Drafts } from "./drafts.ts";
import { exchangesOf, TYPES, type Exchange } from "./talk.ts";

const MOST = 1000;

export interface Heard {
  readonly exchanges: readonly Exchange[];
  readonly drafts: Drafts;
  readonly read: boolean;
  readonly error: string | null;
}

/** All that was said in a notebook, and what is being said. */
export function useTalk(session: Session): Heard {
  const [records, setRecords] = useState<ReadonlyMap<number, WireRecord>>(new Map());
  const [drafts, setDrafts] = useState<Drafts>(new Map());
  const [read, setRead] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    const take = (found: readonly WireRecord[]): void => {
      const wanted = found.filter(({ type }) => (TYPES as readonly string[]).includes(type));
      if (gone || wanted.length === 0) return;
      setRecords((before) => new Map([...before, ...wanted.map((one) => [one.seq, one] as const)]));
    };
    const deaf = session.hear((signal: Signal) => setDrafts((before) => drafted(before, signal)));
    const blind = session.hearRecords(take);
    Promise.all(TYPES.map(async (type) => take(await recordsOf(session.notebookId, type)))).then(
      () => gone || setRead(true),
      (refused: unknown) => gone || setError(messageOf(refused)),
    );
    return () => {
      gone = true;
      deaf();
      blind();
    };
  }, [session]);
  const exchanges = useMemo(
    () => exchangesOf([...records.values()].sort((one, other) => one.seq - other.seq)),
    [records],
  );
  return { exchanges, drafts, read, error };
}

/** All records of one type. */
export async function recordsOf(notebookId: string, type: string): Promise<readonly WireRecord[]> {
  const all: WireRecord[] = [];
  for (let after = 0; ; ) {
    const query = new URLSearchParams({ after: String(after), limit: String(MOST), type });
    const path = `/api/notebooks/${encodeURIComponent(notebookId)}/events?${query}`;
    const found = (await (await send("GET", path)).json()) as {
      readonly records: readonly WireRecord[];
    };
    all.push(...found.records);
    const last = found.records.at(-1);
    if (!last || found.records.length < MOST) return all;
    after = last.seq;
  }
}
