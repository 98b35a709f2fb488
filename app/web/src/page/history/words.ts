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

/** How the server's words name what has an id alone, by the type of the record, and what people say. */
const ALONE: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  approvalRequested: [[/ \(approval [\w-]+\)\.$/, "."]],
  approvalGranted: [[/ what approval [\w-]+ asks for/, " what was asked"]],
  approvalDenied: [[/ what approval [\w-]+ asks for/, " what was asked"]],
  approvalExpired: [[/ let approval [\w-]+ expire/, " let a question expire"]],
  approvalVoided: [[/ voided approval [\w-]+/, " voided a question"]],
  approvalUsed: [[/ what approval [\w-]+ allows\.$/, " what was allowed."]],
  credentialIssued: [[/( to a program of kind \w+) for run [\w-]+/, "$1 for one run"]],
  permissionRevoked: [[/ permission [\w-]+\.$/, " a permission."]],
  changesProposed: [[/ \(proposal [\w-]+\)/, ""]],
  proposalAccepted: [[/ of proposal [\w-]+/, " of a proposal"]],
  proposalRejected: [[/ of proposal [\w-]+/, " of a proposal"]],
  proposalConflicted: [[/ of proposal [\w-]+/, " of a proposal"]],
  proposalWithdrawn: [[/ withdrew proposal [\w-]+/, " withdrew a proposal"]],
  assistantRunRequested: [[/ \(run [\w-]+\)\.$/, "."]],
  assistantRunClaimed: [[/ took run [\w-]+/, " took the question"]],
  assistantRunClaimLapsed: [[/ set run [\w-]+ free/, " set a question free"]],
  assistantRunCancelRequested: [[/ to stop run [\w-]+\.$/, " to stop the assistant."]],
  assistantRunFinished: [
    [/ finished run [\w-]+/, " finished"],
    [/ stopped run [\w-]+/, " stopped"],
    [/ ended run [\w-]+/, " ended"],
    [/ gave run [\w-]+ up/, " gave up"],
  ],
  toolCallProposed: [[/ \(tool call [\w-]+\)\.$/, "."]],
  toolCallCompleted: [
    [/ had the result of tool call [\w-]+\.$/, " had the result of a tool."],
    [/ was refused tool call [\w-]+\.$/, " was refused the use of a tool."],
  ],
  outputUpdated: [[/ updated the display .+\.$/, " updated a display."]],
  executionCompleted: [[/ (\d+) executions\.$/, " $1 runs."]],
  commentResolved: [[/ comment [\w-]+\.$/, " a comment."]],
  commentReopened: [[/ comment [\w-]+\.$/, " a comment."]],
};

export const NOBODY: Naming = { nameOf: () => null, cellOf: () => null, called: () => null };

/** The sentence in pieces. A cell that is not known is "a cell", an execution "a run". */
export function pieces(told: Told, naming: Naming): readonly Piece[] {
  const { execution_id } = told;
  const text = withoutIds(told, naming);
  const run = execution_id ? `execution ${execution_id}` : "";
  const at = run ? text.indexOf(run) : -1;
  return at < 0 ? ofCell(text, told, naming) : ofRun(text, at, run.length, told, naming);
}

/** The whole sentence as one text. */
export function plainSentence(told: Told, naming: Naming = NOBODY): string {
  return pieces(told, naming)
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
function withoutIds(told: Told, naming: Naming): string {
  const text = named(told, naming);
  return (ALONE[told.type] ?? []).reduce((before, [id, words]) => before.replace(id, words), text);
}

/** Ids of cells, people, programs and notebooks, by what they are called. */
function named({ text, type, actor }: Told, { nameOf, called }: Naming): string {
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
    case "approvalRequested":
      return text.replace(
        / on cell ([\w-]+(?:, [\w-]+)*)( \.\.\.)?/,
        (_, ids: string, more?: string) =>
          ` on ${allOf(ids.split(", "), nameOf)}${more ? " and more" : ""}`,
      );
    case "permissionGranted":
      return text.replace(
        / let ([\w-]+) use /,
        (_, id: string) => ` let ${called(id) ?? "a program"} use `,
      );
    case "notebookForked":
      return text.replace(
        / forked notebook ([\w-]+) at (\d+) as /,
        (_, id: string, at: string) =>
          ` forked ${called(id) ? which(id) : "another notebook"} at ${at} as `,
      );
    case "credentialRevoked":
      return text.replace(/ credential ([\w-]+)\.$/, (_, id: string) =>
        called(id) ? ` the credential ${which(id)}.` : " a credential.",
      );
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

/** Several cells by their places; those that nobody knows are counted. */
function allOf(ids: readonly string[], nameOf: Naming["nameOf"]): string {
  const known = ids.flatMap((id) => nameOf(id) ?? []);
  const unknown = ids.length - known.length;
  const others = unknown === 0 ? [] : [unknown === 1 ? "a cell" : `${unknown} cells`];
  return [...known, ...others].join(", ");
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
