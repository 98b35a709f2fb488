// What is taken for a formula, and what is not.

import { expect, test } from "vitest";
import { formulaOfNote, formulaOnOwnLines, piecesOf } from "../src/outputs/formulas.ts";

/** Words as they are, formulas between < and >, those on lines of their own between << and >>. */
const read = (text: string): string =>
  piecesOf(text)
    .map((piece) => {
      if (typeof piece === "string") return piece;
      return piece.display ? `<<${piece.tex}>>` : `<${piece.tex}>`;
    })
    .join("");

test("dollars, brackets and environments mark formulas in LaTeX", () => {
  expect(read("$x$ and $$y$$")).toBe("<x> and <<y>>");
  expect(read(String.raw`a \(x\) b \[y\] c`)).toBe("a <x> b <<y>> c");
  expect(read(String.raw`so \begin{align*}a&=b\end{align*}.`)).toBe(
    String.raw`so <<\begin{align*}a&=b\end{align*}>>.`,
  );
});

test("LaTeX without a mark is a formula as a whole", () => {
  expect(read(String.raw`\frac{1}{2}`)).toBe(String.raw`<<\frac{1}{2}>>`);
});

test("a dollar with a backslash is a dollar", () => {
  expect(read(String.raw`\$5 for $x$`)).toBe(String.raw`\$5 for <x>`);
});

test("an environment of a note ends with its own name", () => {
  const inner = String.raw`\begin{equation}\begin{matrix}1\end{matrix}\end{equation}`;
  expect(formulaOfNote(`${inner} and more`)).toEqual({ tex: inner, display: true, raw: inner });
  expect(formulaOfNote(String.raw`\begin{equation} x \end{align}`)).toBeNull();
});

test("brackets of a note need two backslashes, one is Markdown's own", () => {
  expect(formulaOfNote(String.raw`\\(x\\) y`)).toEqual({
    tex: "x",
    display: false,
    raw: String.raw`\\(x\\)`,
  });
  expect(formulaOfNote(String.raw`\[x\]`)).toBeNull();
});

test("prices are no formulas", () => {
  expect(formulaOfNote("$5 and $6")).toBeNull();
  expect(formulaOfNote("$ 5 $")).toBeNull();
  expect(formulaOfNote("$5, or 6$7")).toBeNull();
});

test("a formula may break a line, but no paragraph", () => {
  expect(formulaOfNote("$a\n+ b$")?.tex).toBe("a\n+ b");
  expect(formulaOfNote("$a\n\nb$")).toBeNull();
});

test("a formula on lines of its own takes them whole", () => {
  expect(formulaOnOwnLines("$$x$$  \nmore")?.raw).toBe("$$x$$  \n");
  expect(formulaOnOwnLines("$$x$$ more")).toBeNull();
  expect(formulaOnOwnLines("$x$\n")).toBeNull();
});

test("a text of openings alone is read in no time", () => {
  const many = "\\begin{a}".repeat(10_000);
  expect(piecesOf(many)).toHaveLength(1);
  expect(piecesOf("\\[".repeat(20_000))).toHaveLength(1);
});
