// Images that are pasted or dropped into a note: the cell carries them, and its text names them. Small
// ones stand in the log, others beside it. Loaded with the first of them.

import { EditorView } from "@codemirror/view";
import { ChangeSet, Text } from "@codemirror/state";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Value } from "../../generated.ts";
import { putBlob } from "../../wire/calls.ts";
import type { Context } from "./action.ts";
import { act } from "./undoing.ts";

/** Bytes whose base64 the log takes as it is. */
const SMALL = 24_000;

interface Attached {
  readonly name: string;
  readonly bundle: Readonly<Record<string, Value>>;
}

/** Put images into a note: at the caret, where they were dropped, or at its end. */
export async function attach(
  context: Context,
  cellId: string,
  images: readonly File[],
  at: { readonly x: number; readonly y: number } | null,
): Promise<void> {
  const { session } = context;
  let files: readonly Attached[];
  try {
    files = await Promise.all(images.map((image) => attached(session.notebookId, image)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return session.tell(`The image was not attached. ${why}`);
  }
  const attachments = Object.fromEntries(files.map(({ name, bundle }) => [name, bundle]));
  const gone = Object.fromEntries(files.map(({ name }) => [name, null]));
  const named = files.map(({ name }) => `![${label(name)}](attachment:${encoded(name)})`);
  const command = { tool: "attach_files", takes: { cell_id: cellId, attachments } } as const;
  const editor = editorOf(cellId);
  if (editor) {
    void session.do(command);
    const from = (at && editor.posAtCoords(at)) ?? editor.state.selection.main.head;
    const to = at ? from : editor.state.selection.main.to;
    const insert = named.join("\n");
    return editor.dispatch({
      changes: { from: Math.min(from, to), to, insert: Text.of(insert.split("\n")) },
      selection: { anchor: Math.min(from, to) + insert.length },
      userEvent: "input.paste",
    });
  }
  const source = session.source(cellId);
  const insert = Text.of(`${source.trim() ? "\n\n" : ""}${named.join("\n")}`.split("\n"));
  const changes = ChangeSet.of({ from: source.length, insert }, source.length);
  act(session, { edits: [{ cell_id: cellId, changes }], commands: [command] }, [
    { tool: "attach_files", takes: { cell_id: cellId, attachments: gone } },
  ]);
}

/** The name tells the content, so that notes which are joined never mean each other's images. */
async function attached(notebookId: string, image: File): Promise<Attached> {
  const bytes = new Uint8Array(await image.arrayBuffer());
  const hash = bytesToHex(sha256(bytes));
  const [, stem = "image", ending = ""] = /^(.*?)(\.\w+)?$/s.exec(image.name) ?? [];
  const name = `${stem || "image"}-${hash.slice(0, 8)}${ending}`;
  if (bytes.length <= SMALL) return { name, bundle: { [image.type]: { json: base64(bytes) } } };
  await putBlob(notebookId, hash, bytes);
  const value = { sha256: hash, blob: { size: bytes.length, encoding: "base64" } } as const;
  return { name, bundle: { [image.type]: value } };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function label(name: string): string {
  return name.replaceAll(/[[\]\\]/g, "");
}

function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function editorOf(cellId: string): EditorView | null {
  const content = document.querySelector<HTMLElement>(`#cell-${cellId} .cm-content`);
  return content ? EditorView.findFromDOM(content) : null;
}
