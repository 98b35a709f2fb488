// What the kernel holds of memory: asked for again and again, calmly, and while the page is looked at.

import { useEffect, useState } from "react";
import type { MemoryHeld } from "../../generated.ts";
import { shownSize } from "../../outputs/value.ts";
import { ask } from "../../replica/ask.ts";
import type { Session } from "../../replica/session.ts";

const CALM_MS = 8_000;

/** The memory in few words; nothing when nobody tells. */
export default function MemoryShown({
  session,
  again,
  whole = false,
}: {
  readonly session: Session;
  /** Whether to go on asking where there was no answer; who may not ask does so but once. */
  readonly again: boolean;
  /** As a sentence with its limit, and not as a figure alone. */
  readonly whole?: boolean;
}) {
  const memory = useMemory(session, again);
  if (!memory) return null;
  const { held, limit = 0 } = memory;
  if (!whole) return <span className="runtime-memory">{shownSize(held)}</span>;
  return (
    <div className="memory">
      <span>
        Memory: {shownSize(held)}
        {limit > 0 ? ` of at most ${shownSize(limit)}` : ""}
      </span>
      {limit > 0 ? (
        <meter aria-label="Memory" min={0} max={limit} high={0.8 * limit} value={held} />
      ) : null}
    </div>
  );
}

function useMemory(session: Session, again: boolean): MemoryHeld | null {
  const [memory, setMemory] = useState<MemoryHeld | null>(null);
  useEffect(() => {
    let asking = false;
    let over = false;
    const look = async (): Promise<void> => {
      if (asking || over || document.visibilityState !== "visible") return;
      asking = true;
      const answer = await ask(session, { question: "memory" });
      asking = false;
      if (over) return;
      setMemory(answer.answer === "memory" ? answer : null);
      if (answer.answer !== "memory" && !again) over = true;
    };
    void look();
    const timer = setInterval(() => void look(), CALM_MS);
    const seen = (): void => void look();
    document.addEventListener("visibilitychange", seen);
    return () => {
      over = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [session, again]);
  return memory;
}
