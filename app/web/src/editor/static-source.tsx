// A source as coloured text without an editor: what is far from sight costs next to nothing.

import type { Language } from "@codemirror/language";
import { classHighlighter, highlightCode } from "@lezer/highlight";
import { memo, type ReactNode } from "react";

export const StaticSource = memo(function StaticSource({
  source,
  language,
}: {
  readonly source: string;
  readonly language: Language | null;
}) {
  return (
    <pre className="static-source">
      {language ? coloured(source, language) : source}
      {source.endsWith("\n") || !source ? " " : null}
    </pre>
  );
});

function coloured(source: string, language: Language): ReactNode[] {
  const pieces: ReactNode[] = [];
  const put = (text: string, classes: string): void => {
    pieces.push(
      classes ? (
        <span key={pieces.length} className={classes}>
          {text}
        </span>
      ) : (
        text
      ),
    );
  };
  highlightCode(source, language.parser.parse(source), classHighlighter, put, () => put("\n", ""));
  return pieces;
}
