// The list of notebooks: to search, to filter, to take files in, and to begin.

import { FileUp, Plus } from "lucide-react";
import {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from "react";
import type { NotebookSummary } from "../../generated.ts";
import { Bar } from "../bar.tsx";
import { useNow } from "../now.ts";
import { create } from "./actions.ts";
import { CHOICES, chosen, found, type Choice } from "./choosing.ts";
import "./home.css";
import { Listing, messageOf } from "./listing.ts";
import { OnThisDevice } from "./on-this-device.tsx";
import { DeleteQuestion, RenameQuestion } from "./questions.tsx";
import { Row, type RowProps } from "./row.tsx";
import { TakingIn, useDropping } from "./taking-in.ts";

const listing = new Listing();

interface Question {
  readonly kind: "rename" | "delete";
  readonly notebook: NotebookSummary;
}

export default function HomeScreen() {
  const { notebooks, error } = useSyncExternalStore(listing.watch, () => listing.listed);
  const [words, setWords] = useState("");
  const [choice, setChoice] = useState<Choice>("all");
  const [question, setQuestion] = useState<Question | null>(null);
  const [failed, setFailed] = useState<{ readonly id: string; readonly why: string } | null>(null);
  const [taking] = useState(() => new TakingIn(() => void listing.ask()));
  const files = useRef<HTMLInputElement>(null);
  const over = useDropping(taking);
  const now = useNow();
  const act = useCallback<RowProps["act"]>((notebook, deed) => {
    setFailed(null);
    deed(notebook)
      .catch((refused: unknown) => setFailed({ id: notebook.notebook_id, why: messageOf(refused) }))
      .finally(() => void listing.ask());
  }, []);
  const ask = useCallback<RowProps["ask"]>((kind, notebook) => setQuestion({ kind, notebook }), []);
  const begin = useCallback(() => {
    create().catch((refused: unknown) => setFailed({ id: "", why: messageOf(refused) }));
  }, []);
  const shown = useMemo(
    () => found(chosen(notebooks ?? [], choice), words),
    [notebooks, choice, words],
  );
  useEffect(() => {
    document.title = "Notebooks · In The Loop";
  }, []);
  useKeys(begin);
  const close = (): void => setQuestion(null);
  return (
    <>
      <Bar />
      <main id="main" className="screen home">
        <div className="screen-head">
          <h1>Notebooks</h1>
          <span className="grow" />
          <button type="button" className="button" onClick={() => files.current?.click()}>
            <FileUp size={14} aria-hidden="true" /> Import
          </button>
          <button
            type="button"
            className="button button-accent"
            onClick={begin}
            aria-keyshortcuts="n"
          >
            <Plus size={14} aria-hidden="true" />{" "}
            <span>
              New<span className="wide-only"> notebook</span>
            </span>
          </button>
          <input
            ref={files}
            type="file"
            accept=".ipynb,application/x-ipynb+json,application/json"
            multiple
            hidden
            data-role="import"
            onChange={({ target }) => {
              void taking.take(
                [...(target.files ?? [])].map((file) => ({ name: file.name, content: file })),
              );
              target.value = "";
            }}
          />
        </div>
        <Took taking={taking} />
        {failed?.id === "" ? (
          <p role="alert" className="home-error">
            {failed.why}
          </p>
        ) : null}
        {error ? (
          <p role="alert" className="home-error">
            {error}
          </p>
        ) : null}
        {error && !notebooks ? <OnThisDevice now={now} /> : null}
        {notebooks && notebooks.length > 0 ? (
          <Finding
            notebooks={notebooks}
            words={words}
            setWords={setWords}
            choice={choice}
            setChoice={setChoice}
          />
        ) : null}
        {notebooks?.length === 0 ? (
          <Nothing begin={begin} choose={() => files.current?.click()} />
        ) : null}
        {notebooks && notebooks.length > 0 && shown.length === 0 ? (
          <p className="empty">{why(choice, words)}</p>
        ) : null}
        <ul className="home-list" aria-label="Notebooks" onKeyDown={walk}>
          {shown.map((one) => (
            <Row
              key={one.notebook_id}
              notebook={one}
              now={now}
              act={act}
              ask={ask}
              error={failed?.id === one.notebook_id ? failed.why : null}
            />
          ))}
        </ul>
        {over ? (
          <div className="home-drop" aria-hidden="true">
            Drop notebook files to import them
          </div>
        ) : null}
      </main>
      {question?.kind === "rename" ? (
        <RenameQuestion notebook={question.notebook} act={act} close={close} />
      ) : null}
      {question?.kind === "delete" ? (
        <DeleteQuestion notebook={question.notebook} act={act} close={close} />
      ) : null}
    </>
  );
}

function Finding({
  notebooks,
  words,
  setWords,
  choice,
  setChoice,
}: {
  readonly notebooks: readonly NotebookSummary[];
  readonly words: string;
  readonly setWords: (words: string) => void;
  readonly choice: Choice;
  readonly setChoice: (choice: Choice) => void;
}) {
  return (
    <div className="home-finding">
      <input
        type="search"
        className="field"
        aria-label="Find notebooks"
        placeholder="Find notebooks"
        aria-keyshortcuts="/"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") focusRow(0, event);
        }}
      />
      <div className="choices" role="group" aria-label="Which notebooks">
        {Object.entries(CHOICES).map(([name, title]) => {
          const number = chosen(notebooks, name as Choice).length;
          if (number === 0 && name !== "all" && name !== choice) return null;
          return (
            <button
              key={name}
              type="button"
              aria-pressed={name === choice}
              onClick={() => setChoice(name as Choice)}
            >
              {title}
              <span className="number">{number}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function Took({ taking }: { readonly taking: TakingIn }) {
  const { busy, failed } = useSyncExternalStore(taking.watch, () => taking.state);
  return (
    <>
      {busy ? (
        <p role="status" className="home-note">
          Importing {busy}…
        </p>
      ) : null}
      {failed.length > 0 ? (
        <div role="alert" className="refusal">
          {failed.map(({ name, why: reason }, number) => (
            <p key={number}>{reason.includes(name) ? reason : `${name}: ${reason}`}</p>
          ))}
          <button
            type="button"
            className="button justify-self-start"
            onClick={() => taking.dismiss()}
          >
            Dismiss
          </button>
        </div>
      ) : null}
    </>
  );
}

function Nothing({ begin, choose }: { readonly begin: () => void; readonly choose: () => void }) {
  return (
    <div className="empty">
      <p>
        There is no notebook yet. Begin with an empty one, or import a file: drop it here, paste it,
        or choose it.
      </p>
      <button type="button" className="button button-accent" onClick={begin}>
        New notebook
      </button>
      <button type="button" className="button" onClick={choose}>
        Import a file
      </button>
    </div>
  );
}

function why(choice: Choice, words: string): string {
  if (words.trim()) return "No notebook here has these words in its title.";
  return choice === "all"
    ? "All notebooks are in the archive."
    : `Nothing is under “${CHOICES[choice]}” now.`;
}

/** Keys of the whole screen: n begins a notebook, / goes to the search. */
function useKeys(begin: () => void): void {
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent): void => {
      const { target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (
        target instanceof Element &&
        target.closest("input, textarea, [role=dialog], [role=alertdialog], [role=menu]")
      )
        return;
      if (event.key === "n") begin();
      else if (event.key === "/")
        document.querySelector<HTMLElement>(".home-finding input")?.focus();
      else if (
        event.key === "ArrowDown" &&
        !(target instanceof Element && target.closest(".home-list"))
      )
        focusRow(0, event);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [begin]);
}

/** Arrows, Home and End go from row to row. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const rows = links();
  const here = rows.findIndex(
    (row) => row.closest("li") === (event.target as Element).closest("li"),
  );
  if (here < 0) return;
  if (event.key === "ArrowDown") focusRow(Math.min(here + 1, rows.length - 1), event);
  else if (event.key === "ArrowUp") focusRow(Math.max(here - 1, 0), event);
  else if (event.key === "Home") focusRow(0, event);
  else if (event.key === "End") focusRow(rows.length - 1, event);
}

function focusRow(number: number, event: { preventDefault(): void }): void {
  event.preventDefault();
  links()[number]?.focus();
}

function links(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(".home-list .home-link")];
}
