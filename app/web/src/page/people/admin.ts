// Whether I am an admin of the workspace, who may see its log and everybody's credentials.

import { useEffect, useState } from "react";
import { call } from "../../wire/calls.ts";

let asked: Promise<boolean> | undefined;

async function ask(): Promise<boolean> {
  const [myself, { people }] = await Promise.all([call("who_am_i", {}), call("list_people", {})]);
  return people.some(({ person }) => person.person_id === myself.id && person.admin);
}

/** False until the server said so. */
export function useAdmin(): boolean {
  const [admin, setAdmin] = useState(false);
  useEffect(() => {
    asked ??= ask();
    asked.then(setAdmin).catch(() => {
      asked = undefined;
    });
  }, []);
  return admin;
}
