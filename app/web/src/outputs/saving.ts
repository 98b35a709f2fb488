// Saving something of a notebook to a file, which the browser never runs or shows.

/** Have the browser save it. */
export function save(part: BlobPart, name: string): void {
  const address = URL.createObjectURL(new Blob([part], { type: "application/octet-stream" }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

/** The bytes that a text in base64 spells. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64.replaceAll(/\s/g, "")), (character) => character.charCodeAt(0));
}
