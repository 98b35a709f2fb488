// Sentences of the log as people read them: with the places of cells instead of their ids. Pure.

import type { RecordLine } from "../../generated.ts";

/** What a sentence is made from. */
export type Told = Pick<RecordLine, "text" | "type" | "cell_id" | "execution_id">;

/** A piece of a sentence; one with `cell_id` is the name of a cell. */
export interface Piece {
  readonly text: string;
  readonly cell_id?: string;
}

/** What a cell is called, "cell 3"; null if nobody knows it (any more). */
export type NameOf = (cellId: string) => string | null;

/** The cell of an execution, if it has one and it is known. */
export type CellOf = (executionId: string) => string | null;

/** The sentence in pieces. A cell that is not known is "a cell", an execution "a run". */
export function pieces(told: Told, nameOf: NameOf, cellOf: CellOf): readonly Piece[] {
  const { type, cell_id, execution_id } = told;
  const text = withoutIds(told, nameOf);
  if (cell_id) {
    const name = nameOf(cell_id);
    const found = new RegExp(
      `(?:the (code|markdown|raw) )?cell ${escaped(cell_id)}(?![\\w-])`,
    ).exec(text);
    if (!found) return [{ text }];
    const piece = name
      ? { text: name, cell_id }
      : { text: `a ${found[1] ? `${found[1]} ` : ""}cell` };
    return around(text, found.index, found[0].length, piece);
  }
  if (!execution_id || type === "runtimeAttached") return [{ text }];
  const at = text.indexOf(`execution ${execution_id}`);
  if (at < 0) return [{ text }];
  const length = `execution ${execution_id}`.length;
  const ofCell = cellOf(execution_id);
  const name = ofCell ? nameOf(ofCell) : null;
  if (!name || !ofCell) return around(text, at, length, { text: "a run" });
  const [before, piece, after] = around(text, at, length, { text: name, cell_id: ofCell });
  return [
    { text: `${before?.text ?? ""}the run of ` },
    ...(piece ? [piece] : []),
    ...(after ? [after] : []),
  ];
}

/** The whole sentence, without the name of any cell. */
export function plainSentence(told: Told): string {
  return pieces(
    told,
    () => null,
    () => null,
  )
    .map((piece) => piece.text)
    .join("");
}

/** Ids that say nothing to people, out of the sentences that end with them. */
function withoutIds({ text, type }: Told, nameOf: NameOf): string {
  switch (type) {
    case "cellMoved":
      return text.replace(
        / after ([\w-]+)\.$/,
        (_, cellId: string) => ` after ${nameOf(cellId) ?? "another"}.`,
      );
    case "commentResolved":
    case "commentReopened":
      return text.replace(/comment [\w-]+\.$/, "a comment.");
    case "runtimeDetached":
      return text.replace(/detached the runtime [\w-]+/, "left");
    default:
      return text;
  }
}

function around(text: string, at: number, length: number, piece: Piece): readonly Piece[] {
  return [{ text: text.slice(0, at) }, piece, { text: text.slice(at + length) }];
}

const escaped = (id: string): string => id.replaceAll(/[^\w-]/g, "");
