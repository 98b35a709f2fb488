// The lines of a log as a screen tells them: narrowed, live, with who was seen in them.

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { RecordLine } from "../../generated.ts";
import { linesOf, type Wanted } from "../../wire/lines.ts";
import { hearChanges } from "../changes.ts";
import type { Named } from "../names.ts";
import { EVERYTHING, wantedOf, type Narrowed } from "./narrowing.tsx";
import { Stretches } from "./stretches.ts";

export const WORKSPACE = "workspace";

export interface Telling {
  readonly stretches: Stretches;
  readonly narrowed: Narrowed;
  readonly change: (narrowed: Narrowed) => void;
  readonly actors: readonly Named[];
}

/** The telling of a notebook's log, which has grown to `head`. What was refused is in another log. */
export function useTelling(notebookId: string, head: number): Telling {
  const [narrowed, change] = useState(EVERYTHING);
  const refused = narrowed.about === "refused";
  const workspaceHead = useWorkspaceHead(refused);
  const wanted = useMemo<Wanted>(() => {
    const asked = wantedOf(narrowed, Date.now());
    return refused ? { ...asked, of: notebookId } : asked;
  }, [narrowed, refused, notebookId]);
  return useStretches(
    refused ? WORKSPACE : notebookId,
    refused ? workspaceHead : head,
    wanted,
    narrowed,
    change,
  );
}

/** The telling of the workspace's own log. */
export function useWorkspaceTelling(): Telling {
  const [narrowed, change] = useState(EVERYTHING);
  const wanted = useMemo(() => wantedOf(narrowed, Date.now()), [narrowed]);
  return useStretches(WORKSPACE, useWorkspaceHead(true), wanted, narrowed, change);
}

function useStretches(
  logId: string,
  head: number,
  wanted: Wanted,
  narrowed: Narrowed,
  change: (narrowed: Narrowed) => void,
): Telling {
  const stretches = useMemo(
    () => new Stretches((after, upto, asked, abort) => linesOf(logId, after, upto, asked, abort)),
    [logId],
  );
  useEffect(() => {
    stretches.narrow(wanted);
    stretches.reach(head);
  }, [stretches, wanted, head]);
  const told = useSyncExternalStore(stretches.watch, () => stretches.told);
  const [actors] = useState(() => new Map<string, Named>());
  for (const { lines } of told.stretches) lines?.forEach((line) => see(actors, line));
  return { stretches, narrowed, change, actors: [...actors.values()] };
}

function see(actors: Map<string, Named>, { actor: { id, kind, name } }: RecordLine): void {
  if (!actors.has(id)) actors.set(id, { id, kind, name });
}

/** How far the workspace's log has grown, while that is of interest. */
function useWorkspaceHead(wanted: boolean): number {
  const [head, setHead] = useState(0);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    let known = 0;
    const ask = async (): Promise<void> => {
      const found = await linesOf(WORKSPACE, known, undefined).catch(() => null);
      if (gone) return;
      known = found?.head ?? known;
      setHead(Math.max(known, 1)); // a refusal is told where the lines would stand
    };
    const stop = hearChanges((changed) => {
      if (!changed || changed.workspace) void ask();
    });
    return () => {
      gone = true;
      stop();
    };
  }, [wanted]);
  return head;
}
