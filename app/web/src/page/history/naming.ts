// What cells, runs, people, programs and notebooks are called in sentences of a log.

import { useEffect, useMemo, useState } from "react";
import { cellsOf } from "../../notebook/cells.ts";
import type { Notebook } from "../../state.ts";
import { call } from "../../wire/calls.ts";
import { NOBODY, type Naming } from "./words.ts";

export type { Naming };

/** A cell is called by its place in the notebook as it is given; `then` knows runs that it forgot. */
export function useNaming(notebook: Notebook, then?: Notebook): Naming {
  return useMemo(() => {
    const places = new Map(cellsOf(notebook).map((cell, before) => [cell.cell_id, before + 1]));
    return {
      ...NOBODY,
      nameOf: (cellId) => {
        const place = places.get(cellId);
        return place === undefined ? null : `cell ${place}`;
      },
      cellOf: (executionId) =>
        (notebook.executions.get(executionId) ?? then?.executions.get(executionId))?.cell_id ??
        null,
    };
  }, [notebook, then]);
}

/** Names for the workspace's own log. */
export function useWorkspaceNaming(): Naming {
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    let gone = false;
    namesOfAll()
      .then((found) => gone || setKnown(found))
      .catch(() => {}); // then ids stand for names
    return () => {
      gone = true;
    };
  }, []);
  return useMemo(() => ({ ...NOBODY, called: (id) => known.get(id) ?? null }), [known]);
}

async function namesOfAll(): Promise<ReadonlyMap<string, string>> {
  const [{ people }, { notebooks }, { credentials }] = await Promise.all([
    call("list_people", {}),
    call("list_notebooks", { archived: true }),
    call("list_credentials", {}),
  ]);
  return new Map([
    ...credentials.map((one) => [one.credential_id, one.label] as const),
    ...credentials.map((one) => [one.principal_id, one.label] as const),
    ...notebooks.map((one) => [one.notebook_id, one.title] as const),
    ...people.map(({ person }) => [person.person_id, person.name] as const),
  ]);
}
