// The source of a cell, in an editor.

import type { LanguageSupport } from "@codemirror/language";
import type { EditorView } from "@codemirror/view";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { showCarets } from "../../editor/carets.ts";
import {
  openEditor,
  setLanguage,
  setLines,
  showSource,
  takeIn,
  type EditorEvents,
} from "../../editor/editor.ts";
import { languageOf } from "../../editor/language.ts";
import { StaticSource } from "../../editor/static-source.tsx";
import type { CellType } from "../../generated.ts";
import { ask } from "../../replica/ask.ts";
import type { Session } from "../../replica/session.ts";
import { nonce } from "../nonce.ts";
import type { Present } from "../presence.ts";
import { undoIn } from "./undoing.ts";

export interface SourceProps {
  readonly session: Session;
  readonly cellId: string;
  readonly type: CellType;
  readonly source: string;
  readonly language: string;
  readonly label: string;
  /** Whether its lines are numbered. */
  readonly lines: boolean;
  /** Whether it is close enough to be written in. */
  readonly near: boolean;
  /** Grows when the caret is to be put here. */
  readonly focus: number | null;
  readonly others: readonly Present[];
  readonly events: Omit<EditorEvents, "typed" | "undoBeside">;
}

/** An editor while it is near. One in which somebody wrote stays, since it knows how to undo that. */
export function CellSource(props: SourceProps) {
  const { near, source, type } = props;
  const written = useRef(false);
  const support = useLanguage(type, props.language);
  return (
    <div
      className="cell-source"
      data-lines={props.lines ? String(source.split("\n").length).length : undefined}
    >
      {near || written.current ? (
        <Editor {...props} support={support} wrote={() => (written.current = true)} />
      ) : (
        <StaticSource source={source} language={support?.language ?? null} />
      )}
    </div>
  );
}

const HINTS: Readonly<Record<CellType, string>> = {
  code: "",
  markdown: "Write a note in Markdown",
  raw: "Raw text",
};

function Editor({
  session,
  cellId,
  type,
  source,
  support,
  label,
  lines,
  focus,
  others,
  events,
  wrote,
}: SourceProps & {
  readonly support: LanguageSupport | null;
  readonly wrote: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(events);
  latest.current = events;
  useLayoutEffect(() => {
    if (!place.current) return;
    const opened = openEditor(place.current, {
      source: session.source(cellId),
      label,
      hint: HINTS[type],
      nonce,
      language: [],
      readOnly: false,
      ask: type === "code" ? (question) => ask(session, question) : null,
      events: {
        typed: (changes) => {
          wrote();
          session.type(cellId, changes);
        },
        moved: (anchor, head) => latest.current.moved(anchor, head),
        focused: () => latest.current.focused(),
        left: (direction) => latest.current.left(direction),
        undoBeside: () => undoIn(session, cellId),
      },
    });
    view.current = opened;
    const deaf = session.edit(cellId, (changes, own) => takeIn(opened, changes, own));
    return () => {
      deaf();
      opened.destroy();
      view.current = null;
    };
  }, [session, cellId]);
  useEffect(() => {
    if (view.current) setLanguage(view.current, support ?? []);
  }, [support]);
  useEffect(() => {
    if (view.current) setLines(view.current, lines);
  }, [lines]);
  // What is shown here and what the session holds are one; should they ever differ, it heals.
  useLayoutEffect(() => {
    if (view.current) showSource(view.current, session.source(cellId));
  }, [session, cellId, source]);
  useLayoutEffect(() => {
    if (focus !== null) view.current?.focus();
  }, [focus]);
  const carets = useMemo(
    () => others.filter((other) => other.editing).map(({ key, name, hue, anchor, head }) => ({ id: key, name, hue, anchor, head })),
    [others],
  );
  useEffect(() => {
    if (view.current) showCarets(view.current, carets);
  }, [carets]);
  return <div ref={place} />;
}

function useLanguage(type: CellType, language: string) {
  const [, setLoaded] = useState(0);
  const { support, loading } = languageOf(type, language);
  useEffect(() => {
    void loading?.then(() => setLoaded((count) => count + 1));
  }, [type, language]);
  return support;
}
