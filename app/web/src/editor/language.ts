// The language of a cell: how its source is parsed and coloured. Those seldom used load on demand.

import { pythonLanguage } from "@codemirror/lang-python";
import { LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import type { CellType } from "../generated.ts";
import { persistently } from "../later.ts";

// Without the names that its own support would complete: the kernel knows better.
const pythonSupport = new LanguageSupport(pythonLanguage);

type Load = () => Promise<LanguageSupport>;

const mode =
  (load: () => Promise<StreamParser<unknown>>): Load =>
  async () =>
    new LanguageSupport(StreamLanguage.define(await load()));

const LANGUAGES: Readonly<Record<string, Load>> = {
  markdown: async () => (await import("@codemirror/lang-markdown")).markdown(),
  r: mode(async () => (await import("@codemirror/legacy-modes/mode/r")).r),
  julia: mode(async () => (await import("@codemirror/legacy-modes/mode/julia")).julia),
  bash: mode(async () => (await import("@codemirror/legacy-modes/mode/shell")).shell),
  shell: mode(async () => (await import("@codemirror/legacy-modes/mode/shell")).shell),
  javascript: mode(
    async () => (await import("@codemirror/legacy-modes/mode/javascript")).javascript,
  ),
  typescript: mode(
    async () => (await import("@codemirror/legacy-modes/mode/javascript")).typescript,
  ),
  sql: mode(async () => (await import("@codemirror/legacy-modes/mode/sql")).standardSQL),
};
const loaded = new Map<string, LanguageSupport>();

/** The support for a cell, if it is here; `loading` tells when it will be. */
export function languageOf(
  type: CellType,
  language: string,
): { readonly support: LanguageSupport | null; readonly loading: Promise<void> | null } {
  if (type === "raw") return { support: null, loading: null };
  const name = type === "markdown" ? type : language;
  if (name === "" || name.startsWith("python") || name === "ipython") {
    return { support: pythonSupport, loading: null };
  }
  const here = loaded.get(name);
  if (here) return { support: here, loading: null };
  const load = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (!load) return { support: null, loading: null };
  const loading = persistently(load).then((support) => void loaded.set(name, support));
  return { support: null, loading };
}
