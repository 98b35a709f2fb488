// Sentences of the log as people read them: with the places of cells instead of their ids. Pure.

import type { RecordLine } from "../../generated.ts";

/** What a sentence is made from. */
export type Told = Pick<RecordLine, "text" | "type" | "actor" | "cell_id" | "execution_id">;

/** A piece of a sentence; one with `cell_id` is the name of a cell. */
export interface Piece {
  readonly text: string;
  readonly cell_id?: string;
}

/** What ids are called; null if nobody knows it (any more). */
export interface Naming {
  /** A cell: "cell 3". */
  readonly nameOf: (cellId: string) => string | null;
  /** The cell of an execution, if it has one. */
  readonly cellOf: (executionId: string) => string | null;
  /** A person, a program, or a notebook by its title. */
  readonly called: (id: string) => string | null;
}

export const NOBODY: Naming = { nameOf: () => null, cellOf: () => null, called: () => null };

/** The sentence in pieces. A cell that is not known is "a cell", an execution "a run". */
export function pieces(told: Told, naming: Naming): readonly Piece[] {
  const { execution_id } = told;
  const text = withoutIds(told, naming);
  const run = execution_id ? `execution ${execution_id}` : "";
  const at = run ? text.indexOf(run) : -1;
  return at < 0 ? ofCell(text, told, naming) : ofRun(text, at, run.length, told, naming);
}

/** The whole sentence, without the name of any cell. */
export function plainSentence(told: Told): string {
  return pieces(told, NOBODY)
    .map((piece) => piece.text)
    .join("");
}

function ofCell(text: string, { cell_id }: Told, { nameOf }: Naming): readonly Piece[] {
  if (!cell_id) return [{ text }];
  const found = new RegExp(`(?:the (code|markdown|raw) )?cell ${escaped(cell_id)}(?![\\w-])`).exec(
    text,
  );
  if (!found) return [{ text }];
  const name = nameOf(cell_id);
  const piece = name
    ? { text: name, cell_id }
    : { text: `a ${found[1] ? `${found[1]} ` : ""}cell` };
  return around(text, found.index, found[0].length, piece);
}

function ofRun(
  text: string,
  at: number,
  length: number,
  told: Told,
  naming: Naming,
): readonly Piece[] {
  const cell_id = told.cell_id ?? naming.cellOf(told.execution_id ?? "");
  const name = cell_id ? naming.nameOf(cell_id) : null;
  if (!name || !cell_id) return around(text, at, length, { text: "a run" });
  return [
    { text: `${text.slice(0, at)}the run of ` },
    { text: name, cell_id },
    { text: text.slice(at + length) },
  ];
}

/** Ids that say nothing to people, out of the sentences that have them. */
function withoutIds({ text, type, actor }: Told, { nameOf, called }: Naming): string {
  const who = (id: string): string => called(id) ?? id;
  const which = (id: string): string => (called(id) ? `“${called(id)}”` : id);
  switch (type) {
    case "cellMoved":
      return text.replace(
        / after ([\w-]+)\.$/,
        (_, id: string) => ` after ${nameOf(id) ?? "another"}.`,
      );
    case "commentAdded":
      return text.replace(/ replied to comment [\w-]+/, " replied");
    case "commentResolved":
    case "commentReopened":
      return text.replace(/comment [\w-]+\.$/, "a comment.");
    case "runtimeDetached":
      return shorter(text, actor.name).replace(/detached the runtime [\w-]+/, "left");
    case "roleGranted":
      return text.replace(
        /made ([\w-]+) (\w+) of notebook ([\w-]+)\.$/,
        (_, id: string, role: string, of: string) => `made ${who(id)} ${role} of ${which(of)}.`,
      );
    case "roleRevoked":
      return text.replace(
        /the role of ([\w-]+) in notebook ([\w-]+) away/,
        (_, id: string, of: string) => `the role of ${who(id)} in ${which(of)} away`,
      );
    case "credentialIssued":
      return text.replace(/ for ([\w-]+)\.$/, (_, id: string) => ` for ${who(id)}.`);
    case "agentPaused":
    case "agentResumed":
      return text.replace(
        /(paused|resumed) ([\w-]+)/,
        (_, did: string, id: string) => `${did} ${who(id)}`,
      );
    case "notebookListed":
      return text.replace(
        /listed the notebook ([\w-]+)/,
        (_, id: string) => `listed the notebook ${which(id)}`,
      );
    case "actionDenied":
      return text.replace(/ in ([\w-]+)(?=[:.]| \d)/, (_, id: string) => ` in ${which(id)}`);
    default:
      return shorter(text, actor.name);
  }
}

/** There is one runtime at a time, so its name is told beside the sentence alone. */
function shorter(text: string, name: string): string {
  const whole = `The runtime ${name}`;
  return text.startsWith(whole) ? `The runtime${text.slice(whole.length)}` : text;
}

function around(text: string, at: number, length: number, piece: Piece): readonly Piece[] {
  return [{ text: text.slice(0, at) }, piece, { text: text.slice(at + length) }];
}

const escaped = (id: string): string => id.replaceAll(/[^\w-]/g, "");
