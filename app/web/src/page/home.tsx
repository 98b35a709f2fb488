// The list of notebooks.

import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import type { NotebookSummary } from "../generated.ts";
import { newId } from "../replica/session.ts";
import { call } from "../wire/calls.ts";
import { go, Link } from "./router.tsx";

type Found = {
  readonly notebooks: readonly NotebookSummary[] | null;
  readonly error: string | null;
};

export function HomeScreen() {
  const [find, setFind] = useState("");
  const [{ notebooks, error }, setFound] = useState<Found>({ notebooks: null, error: null });
  useEffect(() => {
    let gone = false;
    call("list_notebooks", find ? { find } : {}).then(
      (found) => gone || setFound({ notebooks: found.notebooks, error: null }),
      (refused: unknown) =>
        gone ||
        setFound({
          notebooks: null,
          error: refused instanceof Error ? refused.message : String(refused),
        }),
    );
    return () => {
      gone = true;
    };
  }, [find]);
  useEffect(() => {
    document.title = "In The Loop";
  }, []);
  const create = async (): Promise<void> => {
    const made = await call("create_notebook", { title: "Untitled" }, newId()).catch(
      (refused: unknown) => {
        setFound((before) => ({
          ...before,
          error: refused instanceof Error ? refused.message : String(refused),
        }));
        return null;
      },
    );
    if (made) go({ screen: "notebook", notebook_id: made.notebook_id });
  };
  return (
    <main className="home">
      <header className="home-head">
        <span className="logo" aria-hidden="true" />
        <h1>Notebooks</h1>
        <span className="grow" />
        <button type="button" className="button button-accent" onClick={() => void create()}>
          <Plus size={14} aria-hidden="true" /> New notebook
        </button>
      </header>
      <input
        type="search"
        className="field"
        aria-label="Find notebooks"
        placeholder="Find notebooks"
        value={find}
        onChange={(event) => setFind(event.target.value)}
      />
      {error ? (
        <p role="alert" className="trouble">
          {error}
        </p>
      ) : null}
      {notebooks?.length === 0 ? (
        <p className="empty">
          {find
            ? "No notebook has this in its title or text."
            : "There is no notebook yet. Make one, or import a file with intheloop import FILE.ipynb."}
        </p>
      ) : null}
      <ul className="home-list">
        {notebooks?.map((one) => (
          <Row key={one.notebook_id} notebook={one} />
        ))}
      </ul>
    </main>
  );
}

function Row({ notebook }: { readonly notebook: NotebookSummary }) {
  const { notebook_id, title, cells, changed_at, role, running = 0 } = notebook;
  return (
    <li>
      <Link to={{ screen: "notebook", notebook_id }}>
        <strong>{title || "Untitled"}</strong>
        <span>
          {cells === 1 ? "1 cell" : `${cells} cells`}, changed{" "}
          {new Date(changed_at).toLocaleString()}
          {role === "owner" ? "" : `, you are its ${role}`}
          {running ? `, ${running} running` : ""}
        </span>
      </Link>
    </li>
  );
}
