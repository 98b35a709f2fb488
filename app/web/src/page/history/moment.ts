// The moment that is looked at, which never lies beyond the log; null is now.

import { useCallback, useEffect, useState } from "react";

export function useMoment(
  asked: number | null,
  head: number,
  told: (at: number | null) => void,
): readonly [number | null, (at: number | null) => void] {
  const [at, setAt] = useState(asked);
  useEffect(() => setAt(asked), [asked]);
  const go = useCallback(
    (moment: number | null) => {
      setAt(moment);
      told(moment);
    },
    [told],
  );
  const beyond = at !== null && head > 0 && at >= head;
  return [beyond ? null : at, go];
}
