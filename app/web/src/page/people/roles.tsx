// Who may do what in one notebook.

import { useCallback, useEffect, useState } from "react";
import type { People, Role } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { ActorFace } from "../face.tsx";
import { messageOf } from "../home/listing.ts";
import { useMyself } from "../loop.ts";
import "./people.css";

const ROLES: Readonly<Record<Role, string>> = {
  owner: "Owner",
  editor: "Editor: writes and runs",
  runner: "Runner: runs and comments",
  viewer: "Viewer: reads",
};
const NONE = "none";

export function Roles({ notebookId }: { readonly notebookId: string }) {
  const [people, setPeople] = useState<People["people"] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const myself = useMyself();
  const ask = useCallback(async () => {
    setPeople((await call("list_people", { notebook_id: notebookId })).people);
  }, [notebookId]);
  useEffect(() => {
    ask().catch((refused: unknown) => setError(messageOf(refused)));
  }, [ask]);
  const give = (person_id: string, role: string): void => {
    setError(null);
    const done =
      role === NONE
        ? call("revoke_role", { notebook_id: notebookId, person_id }, newId())
        : call("grant_role", { notebook_id: notebookId, person_id, role: role as Role }, newId());
    done.catch((refused: unknown) => setError(messageOf(refused))).finally(() => void ask());
  };
  const mine = people?.find(({ person }) => person.person_id === myself?.id)?.role;
  return (
    <>
      {error ? (
        <p role="alert" className="people-error">
          {error}
        </p>
      ) : null}
      <ul className="people-list" aria-label="Roles">
        {people?.map(({ person: { person_id, name }, role }) => (
          <li key={person_id} className="people-row">
            <ActorFace id={person_id} kind="human" name={name} />
            <span className="people-name">
              {name}
              {person_id === myself?.id ? " (you)" : ""}
            </span>
            <span className="grow" />
            <select
              className="people-role"
              aria-label={`Role of ${name}`}
              value={role ?? NONE}
              disabled={mine !== "owner"}
              onChange={({ target }) => give(person_id, target.value)}
            >
              <option value={NONE}>No role</option>
              {Object.entries(ROLES).map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          </li>
        ))}
      </ul>
      {people && mine !== "owner" ? (
        <p className="people-note">Only an owner of the notebook changes roles.</p>
      ) : null}
    </>
  );
}
