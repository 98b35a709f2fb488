// The bar for finding and replacing. Replacing is editing: others' edits merge with it, and what was
// replaced can be taken back.

import { ArrowDown, ArrowUp, CaseSensitive, ChevronRight, Regex, WholeWord, X } from "lucide-react";
import {
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import type { Cell } from "../../generated.ts";
import { cellsOf, outputsOf } from "../../notebook/cells.ts";
import {
  matchesIn,
  patternOf,
  replacing,
  type Match,
  type Output,
  type Query,
} from "../../notebook/find.ts";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import type { Context } from "./action.ts";
import "./find.css";
import { Marks } from "./marks.ts";
import { act, undo } from "./undoing.ts";

const NOTHING: Query = {
  text: "",
  matchCase: false,
  wholeWord: false,
  regex: false,
  outputs: true,
};

/** What is looked for, and how often that was asked. */
export interface Finding {
  readonly panel: "find" | "replace";
  readonly asked: number;
}

export default function FindBar({
  context,
  finding,
  close,
}: {
  readonly context: Context;
  readonly finding: Finding;
  readonly close: () => void;
}) {
  const [query, setQuery] = useState(NOTHING);
  const [by, setBy] = useState("");
  const [replaces, setReplaces] = useState(finding.panel === "replace");
  const [said, setSaid] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const search = useSearch(context, query);
  const { pattern, matches, at, go } = search;
  useEffect(() => {
    const chosen = selectedText();
    if (chosen) setQuery((before) => ({ ...before, text: chosen }));
    if (finding.panel === "replace") setReplaces(true);
    field.current?.focus();
    field.current?.select();
  }, [finding]);
  const leave = (): void => {
    const cellId = matches[at]?.cell_id ?? context.view.looking.cell_id;
    close();
    context.view.go(cellId);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") leave();
    else if (event.key === "F3" || ((event.ctrlKey || event.metaKey) && event.key === "g")) {
      go(event.shiftKey ? -1 : 1);
    } else if (replaced && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      takeBack(); // what was typed into the field since is the field's own to undo
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const replaced = said.startsWith("Replaced");
  const takeBack = (): void => {
    undo(context.session);
    setSaid("Taken back.");
  };
  const change = (part: Partial<Query>): void => {
    setSaid("");
    setQuery((before) => ({ ...before, ...part }));
  };
  const replace = (which: "one" | "all"): void => {
    if (!(pattern instanceof RegExp)) return;
    setSaid(done(replaceIn(context, search, pattern, by, query.regex, which)));
  };
  return (
    <div className="find" role="search" aria-label="Find" data-own-keys onKeyDown={pressed}>
      <button
        type="button"
        className="icon-button find-more"
        aria-label="Replace"
        aria-expanded={replaces}
        onClick={() => setReplaces(!replaces)}
      >
        <ChevronRight size={16} />
      </button>
      <div className="find-rows">
        <div className="find-row">
          <div className="find-field">
            <input
              ref={field}
              aria-label="Find"
              placeholder="Find in sources and outputs"
              value={query.text}
              spellCheck={false}
              onChange={(event) => change({ text: event.target.value })}
              onKeyDown={(event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1)}
            />
            <Toggle label="Match case" on={query.matchCase} turn={(on) => change({ matchCase: on })}>
              <CaseSensitive size={16} />
            </Toggle>
            <Toggle label="Whole word" on={query.wholeWord} turn={(on) => change({ wholeWord: on })}>
              <WholeWord size={16} />
            </Toggle>
            <Toggle
              label="Regular expression"
              on={query.regex}
              turn={(on) => change({ regex: on })}
            >
              <Regex size={15} />
            </Toggle>
          </div>
          <span className="find-count" role="status" aria-label="Matches">
            {counted(search, query)}
          </span>
          <button
            type="button"
            className="icon-button"
            aria-label="Previous match"
            onClick={() => go(-1)}
          >
            <ArrowUp size={16} />
          </button>
          <button type="button" className="icon-button" aria-label="Next match" onClick={() => go(1)}>
            <ArrowDown size={16} />
          </button>
          <button type="button" className="icon-button" aria-label="Close" onClick={leave}>
            <X size={16} />
          </button>
        </div>
        {replaces ? (
          <div className="find-row">
            <div className="find-field">
              <input
                aria-label="Replace by"
                placeholder="Replace by"
                value={by}
                spellCheck={false}
                onChange={(event) => {
                  setSaid("");
                  setBy(event.target.value);
                }}
                onKeyDown={(event) => event.key === "Enter" && replace("one")}
              />
            </div>
            <button type="button" className="button" onClick={() => replace("one")}>
              Replace
            </button>
            <button type="button" className="button" onClick={() => replace("all")}>
              All
            </button>
          </div>
        ) : null}
        <div className="find-row find-foot">
          <label>
            <input
              type="checkbox"
              checked={query.outputs}
              onChange={(event) => change({ outputs: event.target.checked })}
            />{" "}
            In outputs too
          </label>
          <span role="status">
            {typeof pattern === "string" ? pattern : said}
            {replaced ? (
              <button type="button" className="text-button" onClick={takeBack}>
                Undo
              </button>
            ) : null}
          </span>
        </div>
      </div>
    </div>
  );
}

interface Search {
  readonly pattern: RegExp | string | null;
  readonly matches: readonly Match[];
  /** The place of the match that is shown; -1 when there is none. */
  readonly at: number;
  readonly go: (step: number) => void;
  /** Go on from behind what stands in the place of a match now. */
  readonly pass: (match: Match, by: number) => void;
}

/** What is found in the state as it is, and which of it is shown. */
function useSearch(context: Context, query: Query): Search {
  const { session, view, folds } = context;
  const shown = useSyncExternalStore(session.watch, () => session.shown);
  const notebook = useDeferredValue(shown.notebook);
  const pattern = useMemo(() => patternOf(query), [query]);
  const { outputs } = query;
  const shownBy = useOutputs(session, notebook, outputs && pattern instanceof RegExp);
  const matches = useMemo(
    () => (pattern instanceof RegExp ? matchesIn(cellsOf(notebook), pattern, shownBy) : []),
    [notebook, pattern, shownBy],
  );
  const [here, setHere] = useState<Match | null>(null);
  const at = placeOf(matches, here, notebook.order, view.looking.cell_id);
  const match = matches[at] ?? null;
  const [marks] = useState(() => new Marks());
  useEffect(() => marks.follow(document.querySelector(".cells") ?? document.body), [marks]);
  useEffect(() => {
    marks.show(pattern instanceof RegExp ? pattern : null, outputs, match);
  }, [marks, pattern, outputs, match]);
  const reveal = (one: Match): void => {
    folds.reveal(session.shown.notebook, one.cell_id);
    marks.reveal(one);
  };
  useEffect(() => {
    if (match) reveal(match);
  }, [pattern]);
  const go = (step: number): void => {
    const next = matches[(at + step + matches.length) % matches.length];
    if (!next) return;
    setHere(next);
    marks.show(pattern instanceof RegExp ? pattern : null, outputs, next);
    reveal(next);
  };
  const pass = (one: Match, by: number): void => setHere({ ...one, from: one.from + by });
  return { pattern, matches, at, go, pass };
}

/** What the cells show, none of it unless it is `wanted`: what is only named is brought. */
function useOutputs(
  { brought }: Session,
  notebook: Notebook,
  wanted: boolean,
): (cell: Cell) => readonly Output[] {
  const version = useSyncExternalStore(brought.watch, () => brought.version);
  const shownBy = useMemo(
    () => (cell: Cell) =>
      wanted && cell.cell_type === "code" ? brought.whole(outputsOf(notebook, cell)) : [],
    [brought, notebook, wanted, version],
  );
  useEffect(() => {
    for (const cell of cellsOf(notebook)) {
      if (shownBy(cell) === null) brought.want(cell.cell_id, outputsOf(notebook, cell));
    }
  }, [brought, notebook, shownBy]);
  return useMemo(() => (cell: Cell) => shownBy(cell) ?? [], [shownBy]);
}

/** The match that was shown, as far as it is still there; else the next one from there on. */
function placeOf(
  matches: readonly Match[],
  here: Match | null,
  order: readonly string[],
  cellId: string | null,
): number {
  if (matches.length === 0) return -1;
  const from = here ?? { cell_id: cellId ?? order[0] ?? "", output: null, from: 0 };
  const cell = order.indexOf(from.cell_id);
  const next = matches.findIndex((one) => {
    const place = order.indexOf(one.cell_id);
    if (place !== cell) return place > cell;
    const output = (one.output ?? -1) - (from.output ?? -1);
    return output === 0 ? one.from >= from.from : output > 0;
  });
  return Math.max(next, 0);
}

/** Replace one match, or all, and tell how many. */
function replaceIn(
  context: Context,
  { matches, at, go, pass }: Search,
  pattern: RegExp,
  by: string,
  regex: boolean,
  which: "one" | "all",
): number {
  const { session } = context;
  const one = matches[at];
  if (!one) return 0;
  if (which === "one" && one.output !== null) {
    go(1); // an output is what a run gave: it is passed over
    return 0;
  }
  const wanted = which === "one" ? [one] : matches.filter((match) => match.output === null);
  const cellIds = [...new Set(wanted.map((match) => match.cell_id))];
  const edits = cellIds.flatMap((cell_id) => {
    const how = which === "one" ? { regex, only: one.number } : { regex };
    const changes = replacing(session.source(cell_id), pattern, by, how);
    return changes ? [{ cell_id, changes }] : [];
  });
  if (which === "one") {
    let length = one.to - one.from;
    edits[0]?.changes.iterChanges((_from, _to, start, end) => (length = end - start));
    pass(one, length);
  }
  if (edits.length === 0) return 0;
  act(session, { edits });
  return wanted.length;
}

function done(count: number): string {
  if (count === 0) return "Nothing was replaced.";
  return count === 1 ? "Replaced 1 match." : `Replaced ${count} matches.`;
}

function counted({ matches, at, pattern }: Search, { text }: Query): string {
  if (!text || typeof pattern === "string") return "";
  return matches.length === 0 ? "None" : `${at + 1} of ${matches.length}`;
}

/** What somebody selected in one line, which they will want to find. */
function selectedText(): string {
  const text = String(getSelection() ?? "");
  const inNotebook = document.activeElement?.closest(".cell");
  return inNotebook && text.length < 200 && !text.includes("\n") ? text : "";
}

function Toggle({
  label,
  on,
  turn,
  children,
}: {
  readonly label: string;
  readonly on: boolean;
  readonly turn: (on: boolean) => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      className="find-toggle"
      aria-label={label}
      aria-pressed={on}
      title={label}
      onClick={() => turn(!on)}
    >
      {children}
    </button>
  );
}
