// The bytes that are hashed for a digest: compact JSON arrays of strings, integers, booleans and
// null, the same as app/intheloop/canonical.py writes. Opaque values stand in them by their sha256.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  REDUCER_VERSION,
  type Approval,
  type AssistantRun,
  type Attachments,
  type Cell,
  type Comment,
  type Execution,
  type Hunk,
  type Output,
  type Permission,
  type Place,
  type Policy,
  type Proposal,
  type Runtime,
  type Shown,
  type Step,
  type Value,
} from "./generated.ts";
import { byCodePoint } from "./order.ts";
import { sortedByKey, type Notebook } from "./state.ts";

type Field = string | number | boolean | null | readonly Field[];

/** The digest of a stream before its first piece. */
export const NO_TEXT = "0".repeat(64);

/** The digest of a stream with one more piece: h = sha256(h || sha256(text)), over raw bytes. */
export function chained(digest: string, pieceSha256: string): string {
  return bytesToHex(sha256(hexToBytes(digest + pieceSha256)));
}

/** The UTF-8 of the JSON that is hashed. */
export function canonicalBytes(fields: readonly Field[]): Uint8Array {
  return utf8ToBytes(JSON.stringify(fields));
}

// State is made of values, so what was computed of one holds for as long as it is met.
const cellDigests = new WeakMap<Cell, string>();
const executionDigests = new WeakMap<Execution, string>();

/** What the notebook adds up to, in 64 hex digits; compares within one reducer version only. */
export function digest(notebook: Notebook): string {
  const cells = notebook.order.flatMap((cellId) => notebook.cells.get(cellId) ?? []);
  return hashed([
    "intheloop",
    REDUCER_VERSION,
    ...notebookFields(notebook),
    cells.map((cell) => remembered(cellDigests, cell, cellFields)),
    sortedByKey(notebook.executions).map((each) =>
      remembered(executionDigests, each, executionFields),
    ),
    notebook.queue,
    notebook.loose,
    sortedByKey(notebook.runtimes).map(runtimeFields),
    sortedByKey(notebook.comments).map(commentFields),
    policyFields(notebook.policy),
    notebook.approvals.map(approvalFields),
    notebook.permissions.map(permissionFields),
    notebook.proposals.map(proposalFields),
    notebook.run_order.flatMap((runId) => notebook.runs.get(runId) ?? []).map(runFields),
    notebook.skipped,
  ]);
}

function remembered<T extends object>(
  known: WeakMap<T, string>,
  value: T,
  fields: (value: T) => readonly Field[],
): string {
  let found = known.get(value);
  if (found === undefined) {
    found = hashed(fields(value));
    known.set(value, found);
  }
  return found;
}

function hashed(fields: readonly Field[]): string {
  return bytesToHex(sha256(canonicalBytes(fields)));
}

function notebookFields(notebook: Notebook): readonly Field[] {
  const { imported, forked } = notebook;
  return [
    notebook.notebook_id,
    notebook.seq,
    notebook.title,
    stamp(notebook.metadata),
    notebook.created_at,
    notebook.archived,
    imported && [imported.name, imported.sha256, imported.nbformat, stampOrNull(imported.extra)],
    forked && [forked.notebook_id, forked.seq, forked.hash],
  ];
}

function cellFields(cell: Cell): readonly Field[] {
  return [
    cell.cell_id,
    cell.cell_type,
    cell.source,
    cell.rev,
    stamp(cell.metadata),
    attachmentFields(cell.attachments),
    cell.outputs.map(savedFields),
    cell.execution_count,
    cell.execution_id,
    cell.deleted,
    stampOrNull(cell.extra),
  ];
}

function executionFields(execution: Execution): readonly Field[] {
  const asked = execution.input;
  return [
    execution.execution_id,
    execution.source,
    execution.requested_by,
    execution.requested_at,
    execution.cell_id,
    execution.rev,
    execution.batch_id,
    execution.allow_error,
    execution.status,
    execution.runtime_id,
    execution.generation,
    execution.execution_count,
    execution.outputs.map(shownFields),
    execution.next_index,
    execution.clear_pending,
    execution.cancel_requested,
    asked && [asked.input_id, asked.prompt, asked.password],
    execution.started_at,
    execution.completed_at,
    execution.reason,
    execution.duration_ms,
  ];
}

function runtimeFields(runtime: Runtime): readonly Field[] {
  return [
    runtime.runtime_id,
    runtime.principal_id,
    [runtime.kernel.name, runtime.kernel.language ?? "", runtime.kernel.version ?? ""],
    runtime.attached_at,
    stamp(runtime.environment),
    runtime.capabilities,
    runtime.label,
    runtime.kernel_alive,
    runtime.restart_requested,
  ];
}

function commentFields(comment: Comment): readonly Field[] {
  return [
    comment.comment_id,
    comment.text,
    comment.author_id,
    comment.added_at,
    comment.cell_id,
    comment.reply_to,
    comment.resolved,
  ];
}

function policyFields(policy: Policy): readonly Field[] {
  return [policy.preset, policy.rules.map((rule) => [rule.kind, rule.tool, rule.verdict])];
}

function approvalFields(approval: Approval): readonly Field[] {
  return [
    approval.approval_id,
    approval.resolved.tool,
    approval.resolved.steps.map(stepFields),
    placeFields(approval.resolved.place),
    approval.resolved_sha256,
    approval.call_sha256,
    approval.reason,
    approval.requested_by,
    approval.requested_at,
    approval.expires_at,
    approval.correlation_id,
    approval.status,
    approval.span,
    approval.decided_by,
    approval.decided_at,
    approval.note,
  ];
}

function placeFields(place: Place | null | undefined): readonly Field[] | null {
  return place ? [place.principal_id, place.label ?? "", place.sandboxed ?? false] : null;
}

function stepFields(step: Step): readonly Field[] {
  return [
    step.type,
    step.data_sha256,
    step.cell_id ?? null,
    step.rev ?? null,
    step.source_sha256 ?? null,
    step.source ?? null,
    step.diff ?? null,
  ];
}

function proposalFields(proposal: Proposal): readonly Field[] {
  return [
    proposal.proposal_id,
    proposal.edits.map(hunkFields),
    proposal.rationale,
    proposal.proposed_by,
    proposal.proposed_at,
    proposal.accepted,
    proposal.rejected,
    proposal.conflicted,
    proposal.withdrawn,
  ];
}

function hunkFields(hunk: Hunk): readonly Field[] {
  switch (hunk.kind) {
    case "edit":
      return ["edit", hunk.cell_id, hunk.rev, hunk.changes as readonly Field[]];
    case "insert":
      return ["insert", hunk.cell_id, hunk.cell_type, hunk.source, hunk.after];
    case "delete":
      return ["delete", hunk.cell_id, hunk.rev];
    case "move":
      return ["move", hunk.cell_id, hunk.after];
  }
}

function permissionFields(permission: Permission): readonly Field[] {
  return [
    permission.permission_id,
    permission.principal_id,
    permission.tool,
    permission.correlation_id,
    permission.granted_by,
    permission.granted_at,
    permission.expires_at,
  ];
}

function runFields(run: AssistantRun): readonly Field[] {
  const { limits, usage, agent } = run;
  return [
    run.run_id,
    run.thread_id,
    run.message_id,
    run.person_id,
    run.requested_by,
    run.requested_at,
    run.scopes,
    run.cells,
    [
      limits.turns ?? 0,
      limits.tool_calls ?? 0,
      limits.tokens ?? 0,
      limits.cost ?? 0,
      limits.seconds ?? 0,
    ],
    run.model,
    run.effort,
    run.status,
    run.generation,
    run.principal_id,
    run.credential_id,
    agent && [agent.name, agent.version ?? null, agent.model ?? null],
    run.turn,
    run.asking,
    run.calls,
    run.tool_calls,
    run.executions,
    [
      usage.input_tokens ?? 0,
      usage.output_tokens ?? 0,
      usage.cache_read_tokens ?? 0,
      usage.cache_write_tokens ?? 0,
      usage.cost ?? 0,
    ],
    run.finished_at,
    run.reason,
  ];
}

function stamp(value: Value): string {
  return value.sha256 ?? "";
}

function stampOrNull(value: Value | null | undefined): string | null {
  return value ? stamp(value) : null;
}

function sortedEntries<T>(named: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(named).sort(([one], [other]) => byCodePoint(one, other));
}

function bundleFields(data: Readonly<Record<string, Value>>): readonly Field[] {
  return sortedEntries(data).map(([mime, value]) => [mime, stamp(value)]);
}

function attachmentFields(attachments: Attachments): readonly Field[] {
  return sortedEntries(attachments).map(([name, data]) => [name, bundleFields(data)]);
}

function savedFields(output: Output): readonly Field[] {
  if (output.output_type !== "stream") return richFields(output);
  const digest = chained(NO_TEXT, output.sha256 ?? "");
  return ["stream", output.name, digest, stampOrNull(output.extra)];
}

function shownFields(output: Shown): readonly Field[] {
  if (output.output_type !== "stream") return richFields(output);
  return ["stream", output.name, output.digest, null];
}

function richFields(output: Exclude<Output, { output_type: "stream" }>): readonly Field[] {
  switch (output.output_type) {
    case "display_data":
      return [
        "display_data",
        bundleFields(output.data),
        stamp(output.metadata),
        output.display_id ?? null,
        stampOrNull(output.extra),
      ];
    case "execute_result":
      return [
        "execute_result",
        output.execution_count ?? null,
        bundleFields(output.data),
        stamp(output.metadata),
        output.display_id ?? null,
        stampOrNull(output.extra),
      ];
    case "error":
      return [
        "error",
        output.ename,
        output.evalue,
        stamp(output.traceback),
        stampOrNull(output.extra),
      ];
    case "other":
      return ["other", stamp(output.value)];
  }
}
