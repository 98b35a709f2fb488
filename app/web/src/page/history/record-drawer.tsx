// One record as it lies in the log, what caused it, and what came of it.

import { Dialog } from "@base-ui/react/dialog";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { RecordLine, WireRecord } from "../../generated.ts";
import { JsonTree } from "../../outputs/json-tree.tsx";
import { send } from "../../wire/calls.ts";
import { linesOf } from "../../wire/lines.ts";
import { messageOf } from "../home/listing.ts";
import { names } from "../loop.ts";
import { dayAndTime } from "../moments.ts";
import type { Naming } from "./naming.ts";
import { runOf, usePrompt } from "./run-of.ts";
import { LineFace, Sentence, shownClient } from "./sentence.tsx";

/** Records before and after one in which its causes and effects are looked for. */
const BEFORE = 500;
const AFTER = 4000;

export function RecordDrawer({
  notebookId,
  line,
  naming,
  go,
  close,
}: {
  readonly notebookId: string;
  readonly line: RecordLine | null;
  readonly naming: Naming;
  readonly go: (line: RecordLine) => void;
  readonly close: () => void;
}) {
  return (
    <Dialog.Root open={line !== null} onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="drawer">
          <div className="drawer-head">
            <Dialog.Title>{line ? `Record ${line.seq}` : ""}</Dialog.Title>
            {line ? <Steps notebookId={notebookId} seq={line.seq} go={go} /> : null}
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={16} />
            </Dialog.Close>
          </div>
          {line ? (
            <Whole key={line.seq} notebookId={notebookId} line={line} naming={naming} go={go} />
          ) : null}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface Neighbours {
  readonly of: number;
  readonly before: RecordLine | undefined;
  readonly after: RecordLine | undefined;
}

/** From record to record, also to those that a line tells of together. */
function Steps({
  notebookId,
  seq,
  go,
}: {
  readonly notebookId: string;
  readonly seq: number;
  readonly go: (line: RecordLine) => void;
}) {
  const [found, setFound] = useState<Neighbours | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all(
      [seq - 1, seq + 1].map(async (one) => {
        if (one < 1) return undefined;
        return (await linesOf(notebookId, one - 1, one, {}, abort.signal)).lines[0];
      }),
    )
      .then(([before, after]) => setFound({ of: seq, before, after }))
      .catch(() => {}); // the record itself is there
    return () => abort.abort();
  }, [notebookId, seq]);
  // Until they are here the buttons stay as they were, so that none loses the focus.
  const known = found?.of === seq;
  const { before, after } = found ?? {};
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label="Record before"
        disabled={!before}
        onClick={() => known && before && go(before)}
      >
        <ChevronLeft size={16} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Record after"
        disabled={!after}
        onClick={() => known && after && go(after)}
      >
        <ChevronRight size={16} />
      </button>
    </>
  );
}

function Whole({
  notebookId,
  line,
  naming,
  go,
}: {
  readonly notebookId: string;
  readonly line: RecordLine;
  readonly naming: Naming;
  readonly go: (line: RecordLine) => void;
}) {
  const [record, setRecord] = useState<WireRecord | string | null>(null);
  useEffect(() => {
    let gone = false;
    recordAt(notebookId, line.seq).then(
      (found) => gone || setRecord(found),
      (error: unknown) => gone || setRecord(messageOf(error)),
    );
    return () => {
      gone = true;
    };
  }, [notebookId, line.seq]);
  return (
    <div className="drawer-body">
      <p className="drawer-sentence">
        <LineFace line={line} />{" "}
        <span>
          <Sentence line={line} naming={naming} />
        </span>
      </p>
      <Facts line={line} record={typeof record === "string" ? null : record} />
      <Related notebookId={notebookId} line={line} naming={naming} go={go} />
      <h3>As it is recorded</h3>
      {typeof record === "string" ? (
        <p role="alert" className="text-bad">
          {record}
        </p>
      ) : null}
      {record && typeof record !== "string" ? (
        <div className="drawer-json" tabIndex={0}>
          <JsonTree json={record} />
        </div>
      ) : null}
    </div>
  );
}

function Facts({
  line,
  record,
}: {
  readonly line: RecordLine;
  readonly record: WireRecord | null;
}) {
  const { actor } = line;
  const run = record && runOf(record);
  const prompt = usePrompt(run);
  const whose = actor.on_behalf_of?.[0] ?? run?.person_id;
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ["Who", `${actor.name} (${actor.kind})`],
    ["On behalf of", whose ? names.of(whose).name : null],
    ["Run", run?.run_id],
    ["Model", run?.agent?.model],
    ["Prompt", prompt],
    ["Via", actor.client ? shownClient(actor.client) : null],
    ["When", dayAndTime(line.at)],
    ["Type", line.type],
    ["Records", line.first_seq === line.seq ? null : `${line.first_seq} to ${line.seq}`],
    ["Command", line.command_id],
    ["Hash", record?.hash],
  ];
  return (
    <dl className="drawer-facts">
      {facts.map(([title, value]) =>
        value ? (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

/** Records of the same command, of the same run, and those that name one another. */
function Related({
  notebookId,
  line,
  naming,
  go,
}: {
  readonly notebookId: string;
  readonly line: RecordLine;
  readonly naming: Naming;
  readonly go: (line: RecordLine) => void;
}) {
  const [found, setFound] = useState<readonly RecordLine[] | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    related(notebookId, line, abort.signal)
      .then(setFound)
      .catch(() => {}); // the record itself tells enough
    return () => abort.abort();
  }, [notebookId, line]);
  const causes = found?.filter(({ seq }) => seq < line.first_seq) ?? [];
  const effects = found?.filter(({ seq }) => seq > line.seq) ?? [];
  return (
    <>
      {causes.length > 0 ? (
        <Lines title="What led to it" lines={causes} naming={naming} go={go} />
      ) : null}
      {effects.length > 0 ? (
        <Lines title="What came of it" lines={effects} naming={naming} go={go} />
      ) : null}
    </>
  );
}

function Lines({
  title,
  lines,
  naming,
  go,
}: {
  readonly title: string;
  readonly lines: readonly RecordLine[];
  readonly naming: Naming;
  readonly go: (line: RecordLine) => void;
}) {
  return (
    <>
      <h3>{title}</h3>
      <ul className="drawer-lines">
        {lines.slice(0, 40).map((one) => (
          <li key={one.seq}>
            <button type="button" onClick={() => go(one)}>
              <LineFace line={one} />{" "}
              <span>
                <Sentence line={one} naming={naming} />
              </span>
            </button>
          </li>
        ))}
        {lines.length > 40 ? <li className="text-quiet">and {lines.length - 40} more</li> : null}
      </ul>
    </>
  );
}

async function related(
  notebookId: string,
  line: RecordLine,
  abort: AbortSignal,
): Promise<readonly RecordLine[]> {
  const { seq, first_seq, command_id, causation_id, correlation_id, execution_id, event_id } = line;
  const ids = new Set(
    [command_id, event_id, causation_id, correlation_id, execution_id].filter(
      (id) => typeof id === "string",
    ),
  );
  const answers = await Promise.all(
    [...ids].map((of) =>
      linesOf(notebookId, Math.max(0, first_seq - BEFORE), seq + AFTER, { of }, abort),
    ),
  );
  const lines = new Map<number, RecordLine>();
  for (const one of answers.flatMap((answer) => answer.lines)) {
    if (one.seq < first_seq || one.first_seq > seq) lines.set(one.seq, one);
  }
  return [...lines.values()].sort((one, other) => one.seq - other.seq);
}

async function recordAt(notebookId: string, seq: number): Promise<WireRecord> {
  const path = `/api/notebooks/${encodeURIComponent(notebookId)}/events?after=${seq - 1}&limit=1`;
  const { records } = (await (await send("GET", path)).json()) as {
    records: readonly WireRecord[];
  };
  const [record] = records;
  if (!record) throw new Error("This record is not there any more.");
  return record;
}
