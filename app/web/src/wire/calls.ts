// Calls of the server: tools, states, records, blobs, signals. Each is one request; who repeats it
// is for the caller. Throws Refusal and Unreachable.

import type { Myself, PackedCell, PortableNotebook, Tools, WireRecord } from "../generated.ts";
import { named, UNNAMED } from "./owner.ts";
import { refusalOf, Unreachable } from "./problem.ts";

export type ToolName = keyof Tools;

/** A notebook as the server holds it. */
export interface StateAt {
  readonly state: PortableNotebook;
  readonly seq: number;
  readonly digest: string;
  readonly reducer_version: number;
}

/** Something to tell those who follow a notebook. */
export interface Told {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
  readonly to?: string;
  readonly ttl_s?: number;
}

/** What a tool answers. The same `commandId` again answers as the first time. */
export async function call<Name extends ToolName>(
  tool: Name,
  takes: Tools[Name]["takes"],
  commandId?: string,
): Promise<Tools[Name]["gives"]> {
  const headers = commandId ? { "Idempotency-Key": commandId } : {};
  const response = await send("POST", `/api/tools/${tool}`, takes, headers);
  return (await json(response)) as Tools[Name]["gives"];
}

/** Who is signed in in this browser, whoever this page took for it. */
export async function whoIsSignedIn(): Promise<Myself> {
  return (await json(await send("POST", "/api/tools/who_am_i", {}, UNNAMED))) as Myself;
}

/** What of a state is asked for: that at a seq, with its outputs only named, or of some cells. */
export interface Part {
  readonly at?: number;
  readonly outputs?: "refs";
  readonly cells?: readonly string[];
}

/** The state of a notebook, now or at a seq. */
export async function stateOf(notebookId: string, part: Part = {}): Promise<StateAt> {
  const asked = Object.entries(part).map(([name, value]) => [name, String(value)]);
  const query = asked.length > 0 ? `?${new URLSearchParams(asked)}` : "";
  return (await json(await send("GET", `${path(notebookId)}${query}`))) as StateAt;
}

/** Records after a seq, those of one cell if it is named. */
export async function recordsAfter(
  notebookId: string,
  after: number,
  cell?: PackedCell["cell_id"],
): Promise<readonly WireRecord[]> {
  const query = new URLSearchParams({ after: String(after), limit: "1000", cell: cell ?? "" });
  const found = await json(await send("GET", `${path(notebookId)}/events?${query}`));
  return (found as { records: readonly WireRecord[] }).records;
}

/** The bytes of a value that is kept beside the log. */
export async function blobOf(notebookId: string, sha256: string): Promise<Blob> {
  return (await send("GET", `${path(notebookId)}/blobs/${sha256}`)).blob();
}

/** How `intheloop` is started on this machine, if that is the server's and of who runs it. */
export async function ownCommand(): Promise<readonly string[] | null> {
  const found = (await json(await send("GET", "/api/command"))) as {
    readonly command: readonly string[] | null;
  };
  return found.command;
}

/** Keep bytes beside the log of a notebook, for a value to name. */
export async function putBlob(
  notebookId: string,
  sha256: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await send("PUT", `${path(notebookId)}/blobs/${sha256}`, bytes);
}

/** Tell those who follow a notebook. */
export async function signal(notebookId: string, told: Told): Promise<void> {
  await send("POST", `${path(notebookId)}/signals`, told);
}

/** Who has not begun to answer by then will not: connections die without a word, as in a sleep. */
const PATIENCE_MS = 60_000;

/** The response to a request that was not refused. */
export async function send(
  method: "GET" | "POST" | "PUT",
  address: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  abort?: AbortSignal,
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  let response: Response;
  const bytes = body instanceof Uint8Array;
  const type = bytes ? "application/octet-stream" : "application/json";
  try {
    response = await fetch(address, {
      method,
      headers: { ...named(), ...headers, ...(body === undefined ? {} : { "Content-Type": type }) },
      ...(body === undefined ? {} : { body: bytes ? (body as BodyInit) : JSON.stringify(body) }),
      signal: abort ? AbortSignal.any([abort, late.signal]) : late.signal,
    });
  } catch (error) {
    throw new Unreachable(error);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

const path = (notebookId: string): string => `/api/notebooks/${encodeURIComponent(notebookId)}`;

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable(error); // cut off in the middle
  }
}
