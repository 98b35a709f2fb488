// Text changes as the reducer needs them: the splice of a recorded change set into a source.
// Strings are UTF-16 here already, so positions need no conversion. Knows no editor; mapping and
// composing are CodeMirror's work, on the page alone.

/** `n` keeps n units, `[n]` deletes n, `[n, ...lines]` puts lines, joined by "\n", in their place. */
export type Section = number | readonly [number, ...string[]];
export type Changes = readonly Section[];

/** A change that is malformed or does not fit its text; the message says what to mend. */
export class ChangeError extends Error {
  override readonly name = "ChangeError";
}

/**
 * The text after a change set in its JSON form. Throws ChangeError when the change set is
 * malformed, covers another length than the text has, or has an edge inside a surrogate pair.
 */
export function applyChanges(text: string, changes: unknown): string {
  if (!Array.isArray(changes)) {
    throw new ChangeError("A change set is a JSON array of sections: send an array.");
  }
  let result = "";
  let at = 0;
  for (const section of changes as unknown[]) {
    if (typeof section === "number") {
      result += text.slice(at, at + count(section, section));
      at += section;
    } else {
      const [removed, inserted] = readChange(section);
      refuseInsidePair(text, at);
      at += removed;
      refuseInsidePair(text, at);
      result += inserted;
    }
  }
  if (at !== text.length) {
    throw new ChangeError(
      `The change set covers ${at} UTF-16 units but the text has ${text.length}: ` +
        "make it for the text as it stands.",
    );
  }
  return result;
}

function readChange(section: unknown): [number, string] {
  if (!Array.isArray(section)) throw malformed(section);
  const [first, ...lines] = section as unknown[];
  const removed = count(first, section);
  for (const line of lines) {
    if (typeof line !== "string") throw malformed(section);
    if (line.includes("\n")) {
      throw new ChangeError(
        'An inserted line holds a "\\n": give each line as a string of its own, in order.',
      );
    }
    if (!line.isWellFormed()) {
      throw new ChangeError(
        "The text to insert holds a lone surrogate: send whole characters.",
      );
    }
  }
  return [removed, lines.join("\n")];
}

function count(value: unknown, section: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed(section);
  return value as number;
}

function malformed(section: unknown): ChangeError {
  const shown = JSON.stringify(section) ?? String(section);
  return new ChangeError(
    `${shown.length <= 80 ? shown : shown.slice(0, 77) + "..."} is no section of a change set: ` +
      "write n to keep n units, [n] to delete n, or [n, line, ...] to put lines in their place.",
  );
}

function refuseInsidePair(text: string, at: number): void {
  const before = text.charCodeAt(at - 1); // NaN outside of the text, which is in no range
  const after = text.charCodeAt(at);
  if (before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff) {
    throw new ChangeError(
      `The change would cut the surrogate pair around UTF-16 offset ${at} in two: ` +
        "move it to the start or the end of that character.",
    );
  }
}
