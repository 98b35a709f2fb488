// People and what acts for them: roles in a notebook, the people of the workspace, credentials.

import { useCallback, useEffect, useState, type FormEvent } from "react";
import type { NotebookSummary, Person } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { Bar } from "../bar.tsx";
import { ActorFace } from "../face.tsx";
import { messageOf } from "../home/listing.ts";
import { go } from "../router.tsx";
import { useAdmin } from "./admin.ts";
import "./people.css";
import { Programs } from "./programs.tsx";
import { Roles } from "./roles.tsx";

export default function PeopleScreen({ notebookId }: { readonly notebookId: string | null }) {
  const [notebooks, setNotebooks] = useState<readonly NotebookSummary[]>([]);
  useEffect(() => {
    document.title = "People · In The Loop";
    call("list_notebooks", { archived: true })
      .then((found) => setNotebooks(found.notebooks))
      .catch(() => {}); // people and programs are told without them
  }, []);
  return (
    <>
      <Bar />
      <main id="main" className="screen people">
        <div className="screen-head">
          <h1>People</h1>
        </div>
        {notebooks.length > 0 ? (
          <section>
            <div className="people-head">
              <h2>Roles in</h2>
              <select
                className="people-role people-notebook"
                aria-label="Notebook"
                value={notebookId ?? ""}
                onChange={({ target }) =>
                  go({ screen: "people", ...(target.value ? { notebook_id: target.value } : {}) })
                }
              >
                <option value="">Choose a notebook</option>
                {notebooks.map(({ notebook_id, title }) => (
                  <option key={notebook_id} value={notebook_id}>
                    {title || "Untitled"}
                  </option>
                ))}
              </select>
            </div>
            {notebookId ? <Roles key={notebookId} notebookId={notebookId} /> : null}
          </section>
        ) : null}
        <section>
          <Everybody />
        </section>
        <section>
          <Programs />
        </section>
      </main>
    </>
  );
}

function Everybody() {
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [name, setName] = useState("");
  const admin = useAdmin();
  const ask = useCallback(async () => {
    setPeople((await call("list_people", {})).people.map(({ person }) => person));
  }, []);
  useEffect(() => {
    ask().catch((refused: unknown) => setError(messageOf(refused)));
  }, [ask]);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    setError(null);
    call("add_person", { name: name.trim() }, newId())
      .then(() => setName(""))
      .catch((refused: unknown) => setError(messageOf(refused)))
      .finally(() => void ask());
  };
  return (
    <>
      <div className="people-head">
        <h2>In this workspace</h2>
      </div>
      {error ? (
        <p role="alert" className="people-error">
          {error}
        </p>
      ) : null}
      <ul className="people-list" aria-label="People">
        {people.map(({ person_id, name: called, admin: manages }) => (
          <li key={person_id} className="people-row">
            <ActorFace id={person_id} kind="human" name={called} />
            <span className="people-name">{called}</span>
            <span className="grow" />
            {manages ? <span className="people-facts">admin</span> : null}
          </li>
        ))}
      </ul>
      {admin ? (
        <form className="people-add" onSubmit={add}>
          <input
            className="field"
            aria-label="Name of a person"
            placeholder="Add a person by name"
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          <button type="submit" className="button" disabled={!name.trim()}>
            Add
          </button>
        </form>
      ) : null}
    </>
  );
}
