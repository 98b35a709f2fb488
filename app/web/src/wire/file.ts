// Files to the server as they are. Throws Refusal and Unreachable.

import type { Created } from "../generated.ts";
import { refusalOf, Unreachable } from "./problem.ts";

/** Make a notebook of a file. The same `commandId` again makes no second one. */
export async function importFile(
  name: string,
  content: Blob | string,
  commandId: string,
  title?: string,
): Promise<Created> {
  const query = new URLSearchParams({ name, title: title ?? "" });
  let response: Response;
  try {
    response = await fetch(`/api/import?${query}`, {
      method: "POST",
      headers: { "Idempotency-Key": commandId, "Content-Type": "application/octet-stream" },
      body: content,
    });
  } catch (error) {
    throw new Unreachable(error);
  }
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Created;
}

/** Save a text as a file of the person's own. */
export function saveFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
