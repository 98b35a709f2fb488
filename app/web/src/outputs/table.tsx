// A data frame as a calm table. The HTML that a kernel sends is only read: its cells' text is shown.

import { memo } from "react";

/** The cells of a table, a row of headings first. */
export interface Table {
  readonly head: readonly (readonly TableCell[])[];
  readonly body: readonly (readonly TableCell[])[];
  readonly note: string;
}

export interface TableCell {
  readonly text: string;
  readonly heading: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** The data frame in this HTML; null when it is anything else, or holds more than a plain table. */
export function tableIn(html: string): Table | null {
  if (!/<table[^>]*class="[^"]*dataframe/.test(html) || html.length > 2_000_000) return null;
  // Styles are not wanted, and even read alone they would offend the page's policy.
  const bare = html.replaceAll(/<style[^>]*>[\s\S]*?<\/style>|\sstyle="[^"]*"/g, "");
  const parsed = new DOMParser().parseFromString(bare, "text/html");
  const tables = parsed.querySelectorAll("table");
  const [table] = tables;
  if (!table || tables.length !== 1 || parsed.querySelector("script, img, svg, iframe, a"))
    return null;
  const rows = (where: string): TableCell[][] =>
    [...table.querySelectorAll(`${where} > tr`)].map((row) => [...row.children].map(cellOf));
  const [head, body] = [rows("thead"), rows("tbody")];
  // A kernel tells the shape of a table that it cut; of a whole one it is what is here.
  const note = parsed.querySelector("p, small")?.textContent ?? shapeOf(body);
  return { head, body, note };
}

function shapeOf(body: readonly (readonly TableCell[])[]): string {
  const columns = Math.max(0, ...body.map((row) => row.filter((cell) => !cell.heading).length));
  const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
  return `${many(body.length, "row")} × ${many(columns, "column")}`;
}

function cellOf(cell: Element): TableCell {
  return {
    text: cell.textContent?.trim() ?? "",
    heading: cell.tagName === "TH",
    columns: Number(cell.getAttribute("colspan")) || 1,
    rows: Number(cell.getAttribute("rowspan")) || 1,
  };
}

const NUMBER = /^[-+]?[\d.,]*\d([eE][-+]?\d+)?%?$|^(NaN|nan|inf|-inf|<NA>|NaT)$/;

export const DataTable = memo(function DataTable({ table }: { readonly table: Table }) {
  const { head, body, note } = table;
  const numbers = body[0]?.map(({ text, heading }) => !heading && NUMBER.test(text)) ?? [];
  return (
    <figure className="data-table">
      <div className="data-table-scroll" tabIndex={0} role="region" aria-label="Table">
        <table>
          <thead>
            {head.map((row, number) => (
              <tr key={number}>
                {row.map((cell, place) => shown(cell, place, numbers[place] ?? false))}
              </tr>
            ))}
          </thead>
          <tbody>
            {body.map((row, number) => (
              <tr key={number}>
                {row.map((cell, place) => shown(cell, place, NUMBER.test(cell.text)))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {note ? <figcaption>{note}</figcaption> : null}
    </figure>
  );
});

/** So much fits into a column whatever it is. What is longer may be cut, and only that is drawn within
 * bounds of its own: a table has many cells, and each that has some costs at every frame. */
const FITS = 24;

function shown({ text, heading, columns, rows }: TableCell, place: number, number: boolean) {
  const Cell = heading ? "th" : "td";
  return (
    <Cell
      key={place}
      {...(columns > 1 ? { colSpan: columns } : {})}
      {...(rows > 1 ? { rowSpan: rows } : {})}
      className={number ? "number" : undefined}
      data-long={text.length > FITS || undefined}
    >
      {text}
    </Cell>
  );
}
