// Words and formulas of LaTeX, as IPython's `Latex`, `Math` and sympy show them.

import { useEffect, useMemo, useRef } from "react";
import { persistently } from "../later.ts";
import { piecesOf } from "./formulas.ts";

export function Latex({ text }: { readonly text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const pieces = useMemo(() => piecesOf(text.trim()), [text]);
  useEffect(() => {
    void persistently(() => import("./formula.ts")).then(({ drawFormula }) => {
      const drawn = place.current?.querySelectorAll<HTMLElement>("[data-formula]") ?? [];
      const formulas = pieces.filter((piece) => typeof piece !== "string");
      formulas.forEach(({ tex, display }, at) => {
        if (drawn[at]) drawFormula(drawn[at], tex, display);
      });
    });
  }, [pieces]);
  return (
    <div ref={place} className="output-formula" key={text}>
      {pieces.map((piece, at) =>
        typeof piece === "string" ? (
          <span key={at}>{piece}</span>
        ) : (
          <span key={at} data-formula>
            {piece.raw}
          </span>
        ),
      )}
    </div>
  );
}
