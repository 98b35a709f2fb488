// A line of the log: who, what, when, and by which program.

import type { RecordLine } from "../../generated.ts";
import { ActorFace } from "../face.tsx";
import { dayAndTime, when } from "../moments.ts";
import type { Naming } from "./naming.ts";
import { pieces } from "./words.ts";

export function Sentence({ line, naming }: { readonly line: RecordLine; readonly naming: Naming }) {
  return pieces(line, naming).map(({ text, cell_id }, number) =>
    cell_id ? (
      <strong key={number} className="line-cell">
        {text}
      </strong>
    ) : (
      <span key={number}>{text}</span>
    ),
  );
}

/** When, and by what, as far as it is told beside the sentence. */
export function Circumstances({ line }: { readonly line: RecordLine }) {
  const { at, actor, count = 1 } = line;
  const via =
    actor.kind === "human" && actor.client ? shownClient(actor.client) : (actor.agent?.model ?? "");
  return (
    <span className="line-when">
      <time dateTime={at} title={dayAndTime(at)}>
        {when(at, Date.now())}
      </time>
      {via ? ` · ${via}` : ""}
      {count > 1 ? ` · ${count} records` : ""}
    </span>
  );
}

export function LineFace({ line: { actor } }: { readonly line: RecordLine }) {
  return <ActorFace id={actor.id} kind={actor.kind} name={actor.name} />;
}

export function shownClient({
  name,
  version,
}: {
  readonly name: string;
  readonly version?: string | null;
}): string {
  return version ? `${name} ${version.split(".").slice(0, 2).join(".")}` : name;
}
