// The log in sentences, as the server tells it. Throws Refusal and Unreachable.

import type { ActorKind, Lanes, Lines } from "../generated.ts";
import { send } from "./calls.ts";

export type About =
  "cells" | "runs" | "outputs" | "comments" | "runtime" | "notebook" | "people" | "refused";

/** Which records are wanted. Times are UTC, as records have them. */
export interface Wanted {
  readonly actor?: string;
  readonly actor_kind?: ActorKind;
  readonly cell?: string;
  readonly about?: About;
  readonly since?: string;
  readonly until?: string;
  readonly of?: string;
}

/** The lines of the records after one seq and up to another. */
export async function linesOf(
  notebookId: string,
  after: number,
  upto: number | undefined,
  wanted: Wanted = {},
  abort?: AbortSignal,
): Promise<Lines> {
  const query = new URLSearchParams({ after: String(after), ...wanted });
  if (upto !== undefined) query.set("upto", String(upto));
  const path = `/api/notebooks/${encodeURIComponent(notebookId)}/lines?${query}`;
  return (await (await send("GET", path, undefined, {}, abort)).json()) as Lines;
}

/** Who was at work between one seq and another; the answer may end earlier. */
export async function lanesBetween(
  notebookId: string,
  after: number,
  upto: number,
  abort?: AbortSignal,
): Promise<Lanes> {
  const path = `/api/notebooks/${encodeURIComponent(notebookId)}/lanes?after=${after}&upto=${upto}`;
  return (await (await send("GET", path, undefined, {}, abort)).json()) as Lanes;
}
