// What one client typed into one cell and the log does not hold yet, re-based on what it does hold.
// Segments stand on each other, the oldest on the confirmed source. Holds no text itself. Pure.
//
// At one position what is in the log stands first. What was sent is resent as it was; `changes` of a
// segment is what it amounts to now.

import { ChangeSet, Text } from "@codemirror/state";

/** One edit_cell command, sent or to be sent. An `open` one still takes up what is typed. */
export interface Segment {
  readonly command_id: string;
  readonly changes: ChangeSet;
  readonly open: boolean;
  readonly sent: Sent | null;
}

/** What went out, unchanged ever after. */
export interface Sent {
  readonly base_rev: number;
  readonly changes: readonly unknown[];
}

/** `rev` is the rev of the confirmed source under the segments. */
export interface CellText {
  readonly rev: number;
  readonly segments: readonly Segment[];
}

/** The text with this change typed on top. It joins the last segment, or begins one by `newId`. */
export function typed(text: CellText, changes: ChangeSet, newId: () => string): CellText {
  const last = text.segments.at(-1);
  if (last?.open) {
    const joined = { ...last, changes: last.changes.compose(changes) };
    return { ...text, segments: text.segments.with(-1, joined) };
  }
  const fresh = { command_id: newId(), changes, open: true, sent: null };
  return { ...text, segments: [...text.segments, fresh] };
}

/** What is typed from here on is a command of its own, behind others that are to be sent. */
export function closed(text: CellText): CellText {
  const last = text.segments.at(-1);
  if (!last?.open) return text;
  return { ...text, segments: text.segments.with(-1, { ...last, open: false }) };
}

/** The text with its oldest segment sent. Once sent it stays as it went out. */
export function sending(text: CellText): { readonly text: CellText; readonly sent: Sent } {
  const [first] = text.segments;
  if (!first) throw new Error("Nothing is there to be sent.");
  const sent = first.sent ?? { base_rev: text.rev, changes: first.changes.toJSON() as unknown[] };
  const segments = text.segments.with(0, { ...first, open: false, sent });
  return { text: { ...text, segments }, sent };
}

/**
 * The text with its oldest segment as if it had never been sent, for it was refused; null if it went
 * out for this very rev, so that the next one would be no other.
 */
export function unsent(text: CellText): CellText | null {
  const [first] = text.segments;
  if (!first?.sent || first.sent.base_rev >= text.rev) return null;
  return { ...text, segments: text.segments.with(0, { ...first, sent: null }) };
}

/**
 * The text after a recorded edit, and what of it the shown text does not have yet: null for one
 * that was typed here. Throws RangeError when the record fits nothing that is known here.
 */
export function received(
  text: CellText,
  changes: readonly unknown[],
  commandId: string,
  rev: number,
): { readonly text: CellText; readonly news: ChangeSet | null } {
  const recorded = ChangeSet.fromJSON(changes);
  const [first, ...rest] = text.segments;
  if (first?.command_id === commandId) {
    const same = JSON.stringify(first.changes.toJSON()) === JSON.stringify(recorded.toJSON());
    if (!same) throw new RangeError("The server recorded an edit otherwise than it was foreseen.");
    return { text: { rev, segments: rest }, news: null };
  }
  let news = recorded;
  const segments = text.segments.map((segment) => {
    const mapped = { ...segment, changes: segment.changes.map(news, false) };
    news = news.map(segment.changes, true);
    return mapped;
  });
  return { text: { rev, segments }, news };
}

/** All that is typed and not confirmed, as one change of the confirmed source. */
export function pendingChanges(text: CellText): ChangeSet | null {
  return text.segments.reduce<ChangeSet | null>(
    (all, segment) => (all ? all.compose(segment.changes) : segment.changes),
    null,
  );
}

/** One change that makes the second text of the first, leaving alone what both begin and end with. */
export function difference(before: string, after: string): ChangeSet {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  if (splitsPair(before, start)) start -= 1;
  if (splitsPair(before, before.length - end)) end -= 1;
  const insert = Text.of(after.slice(start, after.length - end).split("\n"));
  return ChangeSet.of({ from: start, to: before.length - end, insert }, before.length);
}

function splitsPair(text: string, at: number): boolean {
  const code = text.charCodeAt(at - 1);
  const next = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
}
