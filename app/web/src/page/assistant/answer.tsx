// What the assistant answers: words, uses of tools in a line each, what it saw, what it cost.

import { useState } from "react";
import { Markdown } from "../../outputs/markdown.tsx";
import type { Approval, ContextAssembled } from "../../generated.ts";
import { ActorFace } from "../face.tsx";
import type { Draft } from "./drafts.ts";
import { spentOf, targetOf, verbOf } from "./deeds.ts";
import { RunChanges } from "../review/run-changes.tsx";
import { json, type Part, type Run, type ToolCall } from "./talk.ts";

export interface AnswerProps {
  readonly notebookId: string;
  readonly run: Run;
  /** The actor id of the assistant, once one has taken it up. */
  readonly by: string | null;
  readonly draft: Draft | undefined;
  readonly waiting: readonly Approval[];
  readonly nameOf: (cellId: string) => string | null;
  readonly look: (cellId: string) => void;
  readonly stop: () => void;
}

export function Answer(props: AnswerProps) {
  const { notebookId, run, by, draft, nameOf, look, waiting, stop } = props;
  const [changes, setChanges] = useState(false);
  const name = run.agent?.name ?? "Assistant";
  const fresh = draft && run.outcome === null && draft.turn > run.answered ? draft : undefined;
  return (
    <section className="answer" aria-label={`Answer of ${name}`} aria-busy={run.outcome === null}>
      <div className="answer-who">
        <ActorFace id={by ?? "assistant"} kind="assistant" name={name} />
        <span className="answer-name">{name}</span>
        {run.agent?.model && run.agent.model !== name ? (
          <span className="answer-model">{run.agent.model}</span>
        ) : null}
      </div>
      {run.parts.map((part, number) =>
        part.kind === "tool" ? (
          <Deed
            key={part.tool_call_id}
            call={part}
            over={run.outcome !== null}
            waits={waiting.some(({ resolved }) => resolved.tool === part.tool)}
            nameOf={nameOf}
            look={look}
          />
        ) : part.kind === "words" ? (
          <Markdown key={number} text={part.text} />
        ) : (
          <Thinking key={number} text={part.text} />
        ),
      )}
      {fresh ? <Writing draft={fresh} /> : null}
      {run.outcome === null ? (
        <p className="answer-state">
          <span className="answer-going" aria-hidden="true" />
          <span className="grow">{stateOf(run, fresh, waiting.length > 0)}</span>
          <button type="button" className="button" onClick={stop}>
            Stop
          </button>
        </p>
      ) : run.outcome === "completed" ? null : (
        <p className="answer-end" data-outcome={run.outcome}>
          {run.reason}
        </p>
      )}
      <div className="answer-foot">
        {run.usage.output_tokens > 0 ? <span>{spentOf(run.usage, run.agent?.model ?? null)}</span> : null}
        {run.outcome !== null && run.parts.some(changed) ? (
          <button
            type="button"
            className="text-button"
            aria-expanded={changes}
            onClick={() => setChanges(!changes)}
          >
            What did it change?
          </button>
        ) : null}
        {run.seen.length > 0 ? <Seen seen={run.seen} nameOf={nameOf} look={look} /> : null}
      </div>
      {changes ? (
        <RunChanges notebookId={notebookId} runId={run.run_id} nameOf={nameOf} />
      ) : null}
    </section>
  );
}

/** Whether a use of a tool may have left something that can be taken back. */
function changed(part: Part): boolean {
  return part.kind === "tool" && part.result !== null && !part.failed && !READING.test(part.tool);
}

const READING = /^(read_|diff_|search_|list_|run_|propose_|add_comment)/;

function stateOf(run: Run, draft: Draft | undefined, waits: boolean): string {
  if (waits) return "Waits for your word";
  if (!run.agent) return "No assistant has taken it up yet";
  if (run.again) return `Asking once more: ${run.again}`;
  if (draft) return draft.kind === "thinking" ? "Thinking…" : "Writing…";
  const using = run.parts.some((part) => part.kind === "tool" && part.result === null);
  return using ? "Working…" : "Waiting for the model…";
}

function Writing({ draft: { kind, text } }: { readonly draft: Draft }) {
  if (kind === "tool") return <p className="draft draft-tool">Preparing what to do…</p>;
  return (
    <p className="draft" data-kind={kind}>
      {text}
    </p>
  );
}

function Thinking({ text }: { readonly text: string }) {
  return (
    <details className="deed">
      <summary>
        <span className="deed-verb">Thought</span>
      </summary>
      <p className="deed-thought">{text}</p>
    </details>
  );
}

function Deed({
  call,
  over,
  waits,
  nameOf,
  look,
}: {
  readonly call: ToolCall;
  readonly over: boolean;
  readonly waits: boolean;
} & Pick<AnswerProps, "nameOf" | "look">) {
  const { text, cell_id } = targetOf(call, nameOf);
  const state =
    call.result !== null
      ? call.failed
        ? "failed"
        : "done"
      : over
        ? "stopped"
        : waits
          ? "waits for you"
          : "going on";
  return (
    <details className="deed" data-state={state}>
      <summary>
        <span className="deed-mark" aria-hidden="true" />
        <span className="deed-verb">{verbOf(call.tool)}</span>{" "}
        <span className="deed-target">{text}</span>
        <span className="grow" />
        <span className="deed-state">{state}</span>
      </summary>
      {cell_id ? (
        <button type="button" className="text-button deed-look" onClick={() => look(cell_id)}>
          Show {text}
        </button>
      ) : null}
      <h4>
        {call.tool}
      </h4>
      <pre tabIndex={0}>{pretty(call.arguments)}</pre>
      {call.result === null ? null : (
        <>
          <h4>What it was told</h4>
          {call.result.startsWith(PICTURE) ? (
            <img src={call.result.slice(PICTURE.length)} alt="The output that it looked at" />
          ) : (
            <pre tabIndex={0}>{call.result}</pre>
          )}
        </>
      )}
    </details>
  );
}

/** What stands before an image that a tool gave the model. */
const PICTURE = "<image of an output: ";

/** JSON as people read it; source texts with their lines. */
function pretty(given: string): string {
  const value = json(given);
  if (value === null) return given;
  return JSON.stringify(value, null, 2).replaceAll("\\n", "\n");
}

function Seen({
  seen,
  nameOf,
  look,
}: { readonly seen: readonly ContextAssembled[] } & Pick<AnswerProps, "nameOf" | "look">) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="text-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        What did it see?
      </button>
      {open ? (
        <ol className="seen">
          {seen.map((turn) => (
            <li key={turn.turn}>
              <p>
                {turn.since_seq == null
                  ? `The notebook as of event ${turn.as_of_seq.toLocaleString("en")}:`
                  : `What others changed up to event ${turn.as_of_seq.toLocaleString("en")}:`}{" "}
                {turn.cells?.length ? null : "nothing new."}
              </p>
              <ul>
                {(turn.cells ?? []).map(({ cell_id, rev, outputs = 0, cut }) => (
                  <li key={cell_id}>
                    {nameOf(cell_id) ? (
                      <button type="button" className="text-button" onClick={() => look(cell_id)}>
                        {nameOf(cell_id)}
                      </button>
                    ) : (
                      "A cell that is gone"
                    )}{" "}
                    at rev {rev}
                    {outputs > 0 ? `, ${outputs} ${outputs === 1 ? "output" : "outputs"}` : ""}
                    {cut ? ", cut" : ""}
                  </li>
                ))}
              </ul>
              <p className="seen-left">{leftOut(turn)}</p>
            </li>
          ))}
        </ol>
      ) : null}
    </>
  );
}

function leftOut({ hidden = [], trimmed = [], masked = 0, prompt }: ContextAssembled): string {
  return [
    hidden.length > 0 ? `${hidden.length} hidden from it` : "",
    trimmed.length > 0 ? `${trimmed.length} old results left out` : "",
    masked > 0 ? `${masked} keys masked` : "",
    `prompt ${prompt.prompt_id} ${prompt.version}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
