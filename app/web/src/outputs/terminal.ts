// What a terminal shows in the end of a text with colours, carriage returns and cursor moves. Pure.

/** How a piece of text looks. Colours 0 to 15 are those of the theme, others are as they were sent. */
export interface Look {
  readonly fg: string | number | null;
  readonly bg: string | number | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export interface Span {
  readonly text: string;
  readonly look: Look;
}

export type Row = readonly Span[];

const PLAIN: Look = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};
/** Moves and colours; then what is for a terminal's window alone (titles, links, strings), single
 *  sequences, and characters that nobody sees. */
const SPECIAL =
  /\x1b\[([0-9;:<=>?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\n\r\b\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;
const WIDEST = 10_000;

/** The rows that stand on the screen after this text. */
export function screenOf(text: string): readonly Row[] {
  const screen = new Screen();
  let at = 0;
  for (const found of text.matchAll(SPECIAL)) {
    screen.write(text.slice(at, found.index));
    at = found.index + found[0].length;
    screen.obey(found[0], found[1] ?? "", found[2] ?? "");
  }
  screen.write(text.slice(at));
  return screen.rows;
}

class Screen {
  readonly rows: Span[][] = [[]];
  #row = 0;
  #column = 0;
  #look = PLAIN;

  write(text: string): void {
    if (!text) return;
    const row = this.#here();
    const length = lengthOf(row);
    const span = { text, look: this.#look };
    if (this.#column >= length) {
      const gap = this.#column - length;
      const last = row.at(-1);
      if (gap === 0 && last?.look === this.#look) {
        row[row.length - 1] = { text: last.text + text, look: this.#look };
      } else row.push(...(gap ? [{ text: " ".repeat(gap), look: PLAIN }] : []), span);
    } else {
      const rest = cut(row, this.#column + text.length, length);
      this.rows[this.#row] = [...cut(row, 0, this.#column), span, ...rest];
    }
    this.#column += text.length;
  }

  obey(all: string, argument: string, final: string): void {
    if (all === "\n") {
      this.#row += 1;
      this.#column = 0;
      this.#here();
    } else if (all === "\r") this.#column = 0;
    else if (all === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (final === "m") this.#look = looked(this.#look, argument);
    else if (final) this.#move(final, Number.parseInt(argument, 10) || 0);
  }

  #move(final: string, count: number): void {
    const by = Math.min(count || 1, WIDEST);
    if (final === "A") this.#row = Math.max(0, this.#row - by);
    else if (final === "B") this.#row = Math.min(this.#row + by, this.rows.length - 1);
    else if (final === "C") this.#column = Math.min(this.#column + by, WIDEST);
    else if (final === "D") this.#column = Math.max(0, this.#column - by);
    else if (final === "G") this.#column = by - 1;
    else if (final === "K") this.#erase(count);
    else if (final === "J" && count === 2) this.rows.splice(0, this.rows.length, []);
    if (final === "J" && count === 2) this.#row = this.#column = 0;
  }

  #erase(kind: number): void {
    const row = this.#here();
    const length = lengthOf(row);
    const kept = kind === 0 ? cut(row, 0, this.#column) : [];
    const rest = kind === 1 ? cut(row, this.#column, length) : [];
    this.rows[this.#row] = [...kept, ...rest];
  }

  #here(): Span[] {
    return (this.rows[this.#row] ??= []);
  }
}

function lengthOf(row: Row): number {
  return row.reduce((sum, span) => sum + span.text.length, 0);
}

function cut(row: Row, from: number, to: number): Span[] {
  const found: Span[] = [];
  let at = 0;
  for (const { text, look } of row) {
    const piece = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (piece) found.push({ text: piece, look });
    at += text.length;
  }
  return found;
}

function looked(before: Look, argument: string): Look {
  if (/^[<=>?]/.test(argument)) return before;
  const codes = flat(argument)
    .split(";")
    .map((code) => Number.parseInt(code, 10) || 0);
  let look = before;
  for (let code = codes.shift(); code !== undefined; code = codes.shift()) {
    if (code === 0) look = PLAIN;
    else if (code === 38) look = { ...look, fg: extended(codes) };
    else if (code === 48) look = { ...look, bg: extended(codes) };
    else look = { ...look, ...changed(code) };
  }
  return look;
}

/** With colons, as some write a colour or an underline, and as everybody else does. */
function flat(argument: string): string {
  return argument
    .replaceAll(/(?<!\d)4:(\d+)/g, (_, kind) => (kind === "0" ? "24" : "4"))
    .replaceAll(/([34]8:2:)\d*:(?=\d+:\d+:\d)/g, "$1")
    .replaceAll(":", ";");
}

function changed(code: number): Partial<Look> {
  if (code >= 30 && code <= 37) return { fg: code - 30 };
  if (code >= 40 && code <= 47) return { bg: code - 40 };
  if (code >= 90 && code <= 97) return { fg: code - 82 };
  if (code >= 100 && code <= 107) return { bg: code - 92 };
  const simple: Readonly<Record<number, Partial<Look>>> = {
    1: { bold: true },
    2: { dim: true },
    3: { italic: true },
    4: { underline: true },
    7: { inverse: true },
    22: { bold: false, dim: false },
    23: { italic: false },
    24: { underline: false },
    27: { inverse: false },
    39: { fg: null },
    49: { bg: null },
  };
  return simple[code] ?? {};
}

function extended(codes: number[]): string | number | null {
  const kind = codes.shift();
  if (kind === 5) {
    const colour = codes.shift() ?? 0;
    return colour < 16 ? colour : of256(colour);
  }
  if (kind === 2)
    return `rgb(${codes
      .splice(0, 3)
      .map((part) => part & 255)
      .join(" ")})`;
  return null;
}

function of256(colour: number): string {
  if (colour >= 232) {
    const grey = 8 + 10 * (colour - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (part: number): number => (part === 0 ? 0 : 55 + 40 * part);
  const index = colour - 16;
  const parts = [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6];
  return `rgb(${parts.map(level).join(" ")})`;
}
