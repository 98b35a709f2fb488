// What to tell of a log: by whom, about what, of which cell, from when on.

import { X } from "lucide-react";
import type { ActorKind, Cell } from "../../generated.ts";
import type { About, Wanted } from "../../wire/lines.ts";
import type { Named } from "../names.ts";

const ABOUT: Readonly<Record<About, string>> = {
  cells: "Cells and edits",
  runs: "Runs",
  outputs: "Outputs",
  comments: "Comments",
  runtime: "Kernel and runtime",
  notebook: "The notebook itself",
  people: "People and access",
  refused: "Refused attempts",
};
const KINDS: Readonly<Partial<Record<ActorKind, string>>> = {
  human: "People",
  assistant: "Assistants",
  runtime: "Runtimes",
  service: "Services",
  system: "The server",
};
const SINCE = {
  "": "Any time",
  hour: "Last hour",
  day: "Last 24 hours",
  week: "Last 7 days",
  between: "Between…",
} as const;
export type Since = keyof typeof SINCE;
const LENGTH_MS: Readonly<Record<Exclude<Since, "" | "between">, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/**
 * What was chosen. `who` is `kind:` with a kind, or an actor id. `from` and `until` bound `between`,
 * in the time of this place and as the browser's field has them.
 */
export interface Narrowed {
  readonly about: About | "";
  readonly who: string;
  readonly cell: string;
  readonly since: Since;
  readonly from: string;
  readonly until: string;
}

export const EVERYTHING: Narrowed = {
  about: "",
  who: "",
  cell: "",
  since: "",
  from: "",
  until: "",
};

/** What to ask the server for. */
export function wantedOf(narrowed: Narrowed, now: number): Wanted {
  const { about, who, cell } = narrowed;
  const kind = who.startsWith("kind:") ? (who.slice("kind:".length) as ActorKind) : null;
  return {
    ...(about ? { about } : {}),
    ...(kind ? { actor_kind: kind } : who ? { actor: who } : {}),
    ...(cell ? { cell } : {}),
    ...timesOf(narrowed, now),
  };
}

function timesOf({ since, from, until }: Narrowed, now: number): Pick<Wanted, "since" | "until"> {
  if (!since) return {};
  if (since !== "between") return { since: new Date(now - LENGTH_MS[since]).toISOString() };
  return {
    ...(from ? { since: new Date(from).toISOString() } : {}),
    ...(until ? { until: new Date(until).toISOString() } : {}),
  };
}

export function Narrowing({
  narrowed,
  change,
  abouts,
  actors,
  cells,
}: {
  readonly narrowed: Narrowed;
  readonly change: (narrowed: Narrowed) => void;
  readonly abouts: readonly About[];
  readonly actors: readonly Named[];
  readonly cells: readonly Cell[];
}) {
  return (
    <div className="narrowing" role="group" aria-label="What to tell of">
      <select
        aria-label="About what"
        value={narrowed.about}
        onChange={({ target }) => change({ ...narrowed, about: target.value as About | "" })}
      >
        <option value="">All kinds</option>
        {abouts.map((about) => (
          <option key={about} value={about}>
            {ABOUT[about]}
          </option>
        ))}
      </select>
      <select
        aria-label="By whom"
        value={narrowed.who}
        onChange={({ target }) => change({ ...narrowed, who: target.value })}
      >
        <option value="">Anyone</option>
        <optgroup label="Kinds">
          {Object.entries(KINDS).map(([kind, title]) => (
            <option key={kind} value={`kind:${kind}`}>
              {title}
            </option>
          ))}
        </optgroup>
        {actors.length > 0 ? (
          <optgroup label="Seen here">
            {actors.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </optgroup>
        ) : null}
      </select>
      {cells.length > 0 ? (
        <select
          aria-label="Of which cell"
          value={narrowed.cell}
          onChange={({ target }) => change({ ...narrowed, cell: target.value })}
        >
          <option value="">All cells</option>
          {cells.map(({ cell_id, source }, before) => (
            <option
              key={cell_id}
              value={cell_id}
            >{`Cell ${before + 1}: ${source.split("\n")[0]?.slice(0, 40) ?? ""}`}</option>
          ))}
        </select>
      ) : null}
      <select
        aria-label="From when on"
        value={narrowed.since}
        onChange={({ target }) => change({ ...narrowed, since: target.value as Since })}
      >
        {Object.entries(SINCE).map(([since, title]) => (
          <option key={since} value={since}>
            {title}
          </option>
        ))}
      </select>
      {narrowed.since === "between" ? (
        <Between narrowed={narrowed} change={change} />
      ) : null}
      {narrowed === EVERYTHING ? null : (
        <button
          type="button"
          className="icon-button"
          aria-label="Tell of everything again"
          onClick={() => change(EVERYTHING)}
        >
          <X size={14} />
        </button>
      )}
    </div>
  );
}

function Between({
  narrowed,
  change,
}: {
  readonly narrowed: Narrowed;
  readonly change: (narrowed: Narrowed) => void;
}) {
  return (
    <span className="narrowing-between">
      <input
        type="datetime-local"
        aria-label="From"
        value={narrowed.from}
        onChange={({ target }) => change({ ...narrowed, from: target.value })}
      />
      <span aria-hidden="true">to</span>
      <input
        type="datetime-local"
        aria-label="Until"
        value={narrowed.until}
        onChange={({ target }) => change({ ...narrowed, until: target.value })}
      />
    </span>
  );
}
