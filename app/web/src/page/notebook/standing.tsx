// How a cell stands, in its left rail: a sign, the time it takes, and on demand who and when.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Standing } from "../../notebook/cells.ts";
import { Hinted } from "../hinted.tsx";
import { names } from "../loop.ts";
import { when } from "../moments.ts";

const WORDS: Readonly<Record<Standing["state"], string>> = {
  "never run": "Never run",
  saved: "Saved output: nobody ran it here",
  stale: "Changed since it ran",
  queued: "Queued",
  running: "Running",
  "waiting for input": "Waiting for input",
  adrift: "Adrift: its runtime is out of reach",
  ok: "Ran well",
  error: "Failed",
  cancelled: "Cancelled",
  lost: "Lost with its runtime",
};

export function StandingSign({
  standing,
  asked,
}: {
  readonly standing: Standing;
  readonly asked: boolean;
}) {
  const { execution, place } = standing;
  const state = asked && standing.state !== "running" ? "queued" : standing.state;
  const running = state === "running" || state === "waiting for input";
  return (
    <Hinted
      className={`standing standing-${state.replaceAll(" ", "-")}`}
      hint={() => (
        <>
          <strong>{WORDS[state]}</strong>
          {execution ? <Details standing={standing} /> : null}
        </>
      )}
    >
      <span className="standing-mark" aria-hidden="true" />
      <span className="standing-text">
        {running && execution?.started_at ? <Elapsed since={execution.started_at} /> : null}
        {state === "queued" ? (place ? ordinal(place) : "…") : null}
        {!running && state !== "queued" ? (execution?.execution_count ?? "") : null}
      </span>
      <span className="sr-only">{WORDS[state]}</span>
    </Hinted>
  );
}

function Details({ standing: { execution, place } }: { readonly standing: Standing }) {
  useSyncExternalStore(names.watch, () => names.version);
  if (!execution) return null;
  const who = names.of(execution.requested_by).name;
  const last = execution.completed_at ?? execution.started_at ?? execution.requested_at;
  return (
    <>
      <br />
      {place ? `${ordinal(place)} in the queue, ` : ""}asked by {who}
      <br />
      {when(last, Date.now())}
      {execution.duration_ms === null ? "" : `, ${shownTime(execution.duration_ms)}`}
      {execution.reason ? (
        <>
          <br />
          {execution.reason}
        </>
      ) : null}
    </>
  );
}

/** The time since a moment, as it passes. */
function Elapsed({ since }: { readonly since: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return <>{clockTime(Math.max(0, now - Date.parse(since)))}</>;
}

/** A span of time in the little room of the rail: "7.1 s", "15 s", "2:05", "1:02:05". */
function clockTime(ms: number): string {
  if (ms < 10_000) return shownTime(ms);
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts.slice(parts[0] === 0 ? 1 : 0);
  return shown.map((part, at) => (at === 0 ? part : String(part).padStart(2, "0"))).join(":");
}

/** A span of time as people read it. */
export function shownTime(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function ordinal(place: number): string {
  const last = place % 10;
  const teen = Math.floor(place / 10) % 10 === 1;
  const suffix = teen ? "th" : last === 1 ? "st" : last === 2 ? "nd" : last === 3 ? "rd" : "th";
  return `${place}${suffix}`;
}
