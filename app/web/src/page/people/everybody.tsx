// The people of this workspace, and the way in for those who have none yet.

import { useCallback, useEffect, useState, type FormEvent } from "react";
import type { Person } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import type { Known } from "../connect/credentials.ts";
import { messageOf } from "../home/listing.ts";
import { useAdmin } from "./admin.ts";
import { PersonRow } from "./person-row.tsx";

export function Everybody({ known }: { readonly known: Known }) {
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [name, setName] = useState("");
  const admin = useAdmin();
  const ask = useCallback(async () => {
    setPeople((await call("list_people", {})).people.map(({ person }) => person));
  }, []);
  const { found } = known;
  useEffect(() => {
    ask().catch((refused: unknown) => setError(messageOf(refused)));
  }, [ask, found?.seq]);
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
        {people.map((person) => (
          <PersonRow key={person.person_id} person={person} admin={admin} known={known} />
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
