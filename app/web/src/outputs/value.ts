// Opaque values as the page shows them: inline ones at once, those kept beside the log when they are
// looked at.

import { useCallback, useEffect, useState } from "react";
import type { StreamOutput, Value } from "../generated.ts";
import { bytesOf } from "../replica/kept-outputs.ts";

/** What a value holds: its JSON, or the bytes of what its JSON spells in base64. */
export type Held =
  { readonly json: unknown; readonly bytes: null } | { readonly json: null; readonly bytes: Blob };

/** Where values of outputs are read from. */
export interface Source {
  readonly notebook_id: string;
}

/** What came, or why it did not, and the way to ask again. */
interface Loading {
  readonly held: Held | null;
  readonly error: string | null;
  readonly again: () => void;
}
type Came = Pick<Loading, "held" | "error">;

/** A number that grows when somebody asks again. */
function useAgain(): readonly [number, () => void] {
  const [times, setTimes] = useState(0);
  return [times, useCallback(() => setTimes((before) => before + 1), [])];
}

const kept = new Map<string, Promise<Held>>();

/** The value once it is here. Nothing is asked for before `wanted`. */
export function useValue(from: Source, value: Value, wanted = true): Loading {
  const inline = value.blob ? null : ({ json: value.json, bytes: null } satisfies Held);
  const [loaded, setLoaded] = useState<Came>({ held: null, error: null });
  const [times, again] = useAgain();
  const { blob, sha256 } = value;
  useEffect(() => {
    if (!blob || !sha256 || !wanted) return;
    let gone = false;
    setLoaded(({ held }) => ({ held, error: null }));
    fetched(from, sha256, blob.encoding ?? "json").then(
      (held) => gone || setLoaded({ held, error: null }),
      (error: unknown) => gone || setLoaded({ held: null, error: said(error) }),
    );
    return () => {
      gone = true;
    };
  }, [from.notebook_id, sha256, blob?.encoding, wanted, times]);
  return inline ? { held: inline, error: null, again } : { ...loaded, again };
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The text of a stream's pieces, as far as it is here. */
export function useStreamText(
  from: Source,
  pieces: readonly StreamOutput[],
  wanted: boolean,
): { readonly text: string } & Omit<Loading, "held"> {
  const [blobs, setBlobs] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<string | null>(null);
  const [times, again] = useAgain();
  const missing = pieces
    .flatMap((piece) =>
      piece.blob && piece.sha256 && !(piece.sha256 in blobs) ? [piece.sha256] : [],
    )
    .join(" ");
  useEffect(() => {
    if (!wanted || !missing) return;
    let gone = false;
    setError(null);
    for (const sha256 of missing.split(" ")) {
      fetched(from, sha256, "text").then(
        ({ json }) => gone || setBlobs((before) => ({ ...before, [sha256]: String(json) })),
        (refused: unknown) => gone || setError(said(refused)),
      );
    }
    return () => {
      gone = true;
    };
  }, [from.notebook_id, missing, wanted, times]);
  const text = pieces
    .map((piece) => (piece.blob ? (blobs[piece.sha256 ?? ""] ?? "") : piece.text))
    .join("");
  return { text, error, again };
}

/** A value that is kept beside the log, once it is here. */
export async function valueOf(notebook_id: string, { sha256, blob }: Value): Promise<Held> {
  return fetched({ notebook_id }, sha256 ?? "", blob?.encoding ?? "json");
}

function fetched(
  { notebook_id }: Source,
  sha256: string,
  encoding: "base64" | "json" | "text",
): Promise<Held> {
  const key = `${notebook_id} ${sha256}`;
  const known = kept.get(key);
  if (known) return known;
  const loading = bytesOf(notebook_id, sha256).then(async (bytes): Promise<Held> => {
    if (encoding === "base64") return { json: null, bytes };
    const text = await bytes.text();
    return { json: encoding === "json" ? JSON.parse(text) : text, bytes: null };
  });
  kept.set(key, loading);
  loading.catch(() => kept.delete(key));
  return loading;
}

/** A text, also one that came in lines. */
export function textOf(json: unknown): string {
  if (Array.isArray(json)) return json.map(String).join("");
  return typeof json === "string" ? json : JSON.stringify(json, null, 2);
}

/** A size as people read it. */
export function shownSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
