// The time, for what shows how long ago something was.

import { useEffect, useState } from "react";

const EVERY_MS = 20_000;

/** Now, anew every twenty seconds. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
