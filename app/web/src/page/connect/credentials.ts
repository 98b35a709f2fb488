// The credentials that I may see, kept up to date while somebody looks: who was there, and when.

import { useCallback, useEffect, useState } from "react";
import type { Credentials } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { hearChanges } from "../changes.ts";
import { messageOf } from "../home/listing.ts";

export interface Known {
  readonly found: Credentials | null;
  readonly error: string | null;
  /** Something was changed here: ask now. */
  readonly ask: () => Promise<void>;
}

export function useCredentials(): Known {
  const [state, setState] = useState<Omit<Known, "ask">>({ found: null, error: null });
  const ask = useCallback(async () => {
    try {
      const found = await call("list_credentials", {});
      setState((before) =>
        JSON.stringify(before.found) === JSON.stringify(found) && !before.error
          ? before
          : { found, error: null },
      );
    } catch (error) {
      setState((before) => ({ ...before, error: messageOf(error) }));
    }
  }, []);
  useEffect(
    () =>
      hearChanges((changed) => {
        if (!changed || changed.workspace || changed.used.length > 0) void ask();
      }),
    [ask],
  );
  return { ...state, ask };
}
