// Where formulas stand in a text, by the marks that Jupyter knows: dollars, brackets, environments.
// How a formula is drawn is not known here. Time is linear in the text, whoever wrote it.

export interface Formula {
  readonly tex: string;
  readonly display: boolean;
  /** The same with its marks. */
  readonly raw: string;
}

/** One way to mark a formula: reads the one that a text begins with. */
type Form = (text: string) => Formula | null;

/** No formula is longer: a text of openings alone must not be read to its end from each. */
const LONGEST = 5_000;

/** How far is looked for the next formula at a time. */
const STRETCH = 10_000;

const ANYWHERE: readonly Form[] = [between("$$", "$$", true), dollars, environment];
/** In Markdown a backslash before a bracket means the bracket itself, so that two are needed. */
const IN_NOTES = [...ANYWHERE, between("\\\\[", "\\\\]", true), between("\\\\(", "\\\\)", false)];
const IN_LATEX = [...ANYWHERE, between("\\[", "\\]", true), between("\\(", "\\)", false)];

/** The formula that this part of a note begins with. */
export function formulaOfNote(text: string): Formula | null {
  return first(IN_NOTES, text);
}

/** The same where it has its lines for itself, the end of the last one included. */
export function formulaOnOwnLines(text: string): Formula | null {
  const found = formulaOfNote(text);
  const end = found?.display && /^[ \t]*(?:\n|$)/.exec(text.slice(found.raw.length));
  return end ? { ...found, raw: found.raw + end[0] } : null;
}

/** Where the next formula within a paragraph may begin, or how far there is surely none: what begins
 *  with a backslash is looked at anyway. */
export function nextWithin(text: string): number {
  const stretch = text.slice(0, STRETCH);
  const found = stretch.indexOf("$");
  return found < 0 && text.length > STRETCH ? STRETCH : found;
}

/** Where in this paragraph a formula with its lines for itself begins, or -1. */
export function nextOnOwnLines(text: string): number {
  for (const found of text.matchAll(/\n(?:([ \t]*\n)|(?=\$\$|\\begin\{|\\\\\[))/g)) {
    if (found[1] !== undefined) return -1;
    if (formulaOnOwnLines(text.slice(found.index + 1))) return found.index + 1;
  }
  return -1;
}

/** What a `text/latex` output is made of; one without any mark is a formula as a whole. */
export function piecesOf(text: string): readonly (string | Formula)[] {
  const pieces: (string | Formula)[] = [];
  let rest = 0;
  for (let place = 0; place < text.length; ) {
    const found = first(IN_LATEX, text.slice(place));
    if (!found) {
      place += text[place] === "\\" ? 2 : 1;
      continue;
    }
    if (place > rest) pieces.push(text.slice(rest, place));
    pieces.push(found);
    place = rest = place + found.raw.length;
  }
  if (rest === 0) return [{ tex: text, display: true, raw: text }];
  if (rest < text.length) pieces.push(text.slice(rest));
  return pieces;
}

function first(forms: readonly Form[], text: string): Formula | null {
  if (!text.startsWith("$") && !text.startsWith("\\")) return null;
  for (const form of forms) {
    const found = form(text);
    if (found) return found;
  }
  return null;
}

function between(open: string, close: string, display: boolean): Form {
  return (text) => {
    if (!text.startsWith(open)) return null;
    const end = text.slice(0, LONGEST).indexOf(close, open.length + 1);
    if (end < 0) return null;
    return { tex: text.slice(open.length, end), display, raw: text.slice(0, end + close.length) };
  };
}

/** One dollar is as often a price: none beside a space, none before a digit. */
function dollars(text: string): Formula | null {
  const found = /^\$(?!\s)((?:\\[^]|\n(?!\s*\n)|[^$\\\n])+?)(?<!\s)\$(?!\d)/.exec(
    text.slice(0, LONGEST),
  );
  return found && { tex: found[1]!, display: false, raw: found[0] };
}

function environment(text: string): Formula | null {
  const begin = /^\\begin\{([A-Za-z]{1,40}\*?)\}/.exec(text);
  if (!begin) return null;
  const end = `\\end{${begin[1]}}`;
  const found = text.slice(0, LONGEST).indexOf(end);
  if (found < 0) return null;
  const raw = text.slice(0, found + end.length);
  return { tex: raw, display: true, raw };
}
