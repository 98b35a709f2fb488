// Verifies an exported log with nothing but sha256: that every stored byte is as it was written.
// A line is {envelope, data, salt, hash}; envelope and data are strings holding the JSON that was
// hashed, salt is hex or null once redacted. Without a head noted elsewhere a cut tail cannot show.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { PayloadRedacted } from "./generated.ts";

/** The hash before the first record. */
export const GENESIS = "0".repeat(64);

/** The end of a log: the seq and hash of its last record. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Where a good log ends, or the first bad record and in a sentence what is wrong with it. */
export type Verdict =
  | { readonly fault: null; readonly head: Head }
  | { readonly fault: string; readonly seq: number };

interface Line {
  readonly envelope: string;
  readonly data: string;
  readonly salt: string | null;
  readonly hash: string;
}

/** What the checks need of an envelope; the rest of the array is only hashed. */
interface Envelope {
  readonly notebook_id: string;
  readonly seq: number;
  readonly type: string;
  readonly payload_hash: string;
}

// Places in the array of the envelope: fields may be appended to it, and are never moved.
const NOTEBOOK_ID = 0;
const SEQ = 1;
const TYPE = 3;
const PAYLOAD_HASH = 11;

class Fault extends Error {
  readonly seq: number;

  constructor(seq: number, what: string) {
    super(what);
    this.seq = seq;
  }
}

/** Checks all lines of an export, in order; `expected` is a head that was noted elsewhere. */
export function verifyLog(lines: Iterable<string>, expected?: Head): Verdict {
  try {
    return { fault: null, head: checked(lines, expected) };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message, seq: error.seq };
    throw error;
  }
}

function checked(lines: Iterable<string>, expected: Head | undefined): Head {
  let head: Head = { seq: 0, hash: GENESIS };
  let notebookId: string | null = null;
  const redactions = new Redactions();
  for (const text of lines) {
    const seq = head.seq + 1;
    const line = readLine(text, seq);
    const envelope = readEnvelope(line.envelope, seq);
    refuseOutOfOrder(envelope.seq, head.seq);
    refuseChanged(line, envelope, head.hash);
    notebookId ??= envelope.notebook_id;
    if (envelope.notebook_id !== notebookId) {
      throw changed(seq, `it belongs to the log of ${envelope.notebook_id}`);
    }
    redactions.take(line, envelope);
    head = { seq, hash: line.hash };
    if (expected?.seq === seq && expected.hash !== line.hash) {
      const what = `Record ${seq} has the hash ${line.hash}, not the expected ${expected.hash}: `;
      throw new Fault(seq, `${what}it or a record before it was written anew.`);
    }
  }
  if (expected && expected.seq > head.seq) {
    const what = `the log ends with ${head.seq}, ${expected.seq} was expected`;
    throw new Fault(head.seq + 1, `Record ${head.seq + 1} is missing: ${what}.`);
  }
  redactions.check();
  return head;
}

function changed(seq: number, what: string): Fault {
  return new Fault(seq, `Record ${seq} was changed: ${what}.`);
}

function readLine(text: string, seq: number): Line {
  const line = parsed(text);
  const { envelope, data, salt, hash } = (line ?? {}) as Record<string, unknown>;
  const isLine =
    isText(envelope) &&
    isText(data) &&
    (salt === null || (typeof salt === "string" && /^([0-9a-f]{2})*$/.test(salt))) &&
    typeof hash === "string" &&
    /^[0-9a-f]{64}$/.test(hash);
  if (!isLine) throw changed(seq, "its line is not one of an exported log");
  return { envelope, data, salt, hash };
}

/** Half a surrogate pair has no bytes of its own: it would be hashed as if it were U+FFFD. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function readEnvelope(text: string, seq: number): Envelope {
  const fields = parsed(text);
  if (Array.isArray(fields)) {
    const notebook_id: unknown = fields[NOTEBOOK_ID];
    const found: unknown = fields[SEQ];
    const type: unknown = fields[TYPE];
    const payload_hash: unknown = fields[PAYLOAD_HASH];
    if (
      typeof notebook_id === "string" &&
      Number.isSafeInteger(found) &&
      typeof type === "string" &&
      typeof payload_hash === "string"
    ) {
      return { notebook_id, seq: found as number, type, payload_hash };
    }
  }
  throw changed(seq, "its envelope cannot be read");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuseOutOfOrder(found: number, last: number): void {
  if (found > last + 1) {
    const what = `Record ${last + 1} is missing: ${found} comes after ${last}.`;
    throw new Fault(last + 1, what);
  }
  if (found <= last) {
    const what = `Record ${found} stands where only records after ${last} can be.`;
    throw new Fault(found, what);
  }
}

function refuseChanged(line: Line, envelope: Envelope, previousHash: string): void {
  const hash = sha256(concatBytes(hexToBytes(previousHash), utf8ToBytes(line.envelope)));
  if (bytesToHex(hash) !== line.hash) {
    throw changed(
      envelope.seq,
      "its hash does not follow from its envelope and the record before it",
    );
  }
  if (line.salt === null) return; // erased: the stand-in is checked against who erased it
  const payloadHash = sha256(concatBytes(hexToBytes(line.salt), utf8ToBytes(line.data)));
  if (bytesToHex(payloadHash) !== envelope.payload_hash) {
    throw changed(envelope.seq, "its data or its salt is not what was recorded");
  }
}

/** Which payloads are erased, and which of them later records of the log tell of. */
class Redactions {
  readonly #erased = new Map<number, string>();
  readonly #told = new Map<number, { hash: string; by: number }>();

  take(line: Line, { seq, type }: Envelope): void {
    if (type !== "payloadRedacted") {
      if (line.salt === null) this.#erased.set(seq, bytesToHex(sha256(utf8ToBytes(line.data))));
      return;
    }
    if (line.salt === null) {
      throw changed(seq, "it tells of a redaction and can never be erased itself");
    }
    const { seqs, stand_in_hashes } = JSON.parse(line.data) as PayloadRedacted;
    for (const [at, erased] of seqs.entries()) {
      if (erased < seq) this.#told.set(erased, { hash: stand_in_hashes[at] ?? "", by: seq });
    }
  }

  /** Finds the first record that is erased and should not be, or the other way round. */
  check(): void {
    const seqs = new Set([...this.#erased.keys(), ...this.#told.keys()]);
    for (const seq of [...seqs].sort((one, other) => one - other)) {
      const found = this.#erased.get(seq);
      const told = this.#told.get(seq);
      if (!told) throw changed(seq, "its payload is erased, and no later record tells of that");
      if (found === undefined) {
        throw changed(seq, `record ${told.by} erased its payload, and there it is`);
      }
      if (found !== told.hash) {
        throw changed(seq, `its data is not the stand-in that record ${told.by} left`);
      }
    }
  }
}
