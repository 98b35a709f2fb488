// apply(notebook, record) and replay: the one way in which state comes about. Total: what makes no
// sense for the state at hand changes nothing but the seq; a record of unknown type is counted.

import { Draft } from "./draft.ts";
import { isKnown, type KnownRecord } from "./events.ts";
import type { WireRecord } from "./generated.ts";
import { applyToApproval } from "./reducer/approval.ts";
import { applyToAssistant, noteExecution } from "./reducer/assistant.ts";
import { applyToCell } from "./reducer/cell.ts";
import { applyToComment } from "./reducer/comment.ts";
import { applyToExecution } from "./reducer/execution.ts";
import { applyToProposal } from "./reducer/proposal.ts";
import { applyToRuntime } from "./reducer/runtime.ts";
import type { Notebook } from "./state.ts";

/** The state after one more record. */
export function apply(notebook: Notebook, record: WireRecord): Notebook {
  return replay(notebook, [record]);
}

/** The state after all these records. `start` is the empty notebook or one from a snapshot. */
export function replay(start: Notebook, records: Iterable<WireRecord>): Notebook {
  const draft = new Draft(start);
  for (const record of records) {
    if (isKnown(record)) change(draft, record);
    else draft.skipped += 1;
    draft.seq = record.seq;
  }
  return draft.notebook();
}

function change(draft: Draft, record: KnownRecord): void {
  switch (record.type) {
    case "outputAppended":
    case "executionRequested":
    case "executionClaimed":
    case "executionStarted":
    case "executionCompleted":
    case "outputUpdated":
    case "outputsCleared":
    case "inputRequested":
    case "inputProvided":
    case "executionClaimLapsed":
    case "executionCancelRequested":
      applyToExecution(draft, record);
      return noteExecution(draft, record);
    case "cellSourceEdited":
    case "cellCreated":
    case "cellMoved":
    case "cellTypeChanged":
    case "cellMetadataChanged":
    case "cellAttachmentsChanged":
    case "cellDeleted":
    case "cellRestored":
    case "cellOutputsCleared":
      return applyToCell(draft, record);
    case "runtimeAttached":
    case "runtimeDetached":
    case "kernelStarted":
    case "kernelDied":
    case "kernelInterruptRequested":
    case "kernelRestartRequested":
      return applyToRuntime(draft, record);
    case "commentAdded":
    case "commentResolved":
    case "commentReopened":
      return applyToComment(draft, record);
    case "approvalRequested":
    case "approvalGranted":
    case "approvalDenied":
    case "approvalExpired":
    case "approvalVoided":
    case "approvalUsed":
    case "permissionGranted":
    case "permissionRevoked":
    case "policyChanged":
      return applyToApproval(draft, record);
    case "changesProposed":
    case "proposalAccepted":
    case "proposalRejected":
    case "proposalConflicted":
    case "proposalWithdrawn":
      return applyToProposal(draft, record);
    case "messagePosted":
    case "assistantRunRequested":
    case "assistantRunClaimed":
    case "assistantRunClaimLapsed":
    case "contextAssembled":
    case "modelCallStarted":
    case "modelCallRetried":
    case "modelCallCompleted":
    case "modelCallFailed":
    case "toolCallProposed":
    case "toolCallCompleted":
    case "assistantRunCancelRequested":
    case "assistantRunFinished":
      return applyToAssistant(draft, record);
    case "notebookCreated":
      draft.title = record.data.title;
      draft.metadata = record.data.metadata;
      draft.imported = record.data.imported ?? null;
      draft.created_at = record.recorded_at;
      return;
    case "notebookForked":
      draft.title = record.data.title;
      draft.metadata = record.data.metadata;
      draft.forked = {
        notebook_id: record.data.from_notebook_id,
        seq: record.data.from_seq,
        hash: record.data.from_hash,
      };
      draft.created_at = record.recorded_at;
      return;
    case "notebookRenamed":
      draft.title = record.data.title;
      return;
    case "notebookMetadataChanged":
      draft.metadata = record.data.metadata;
      return;
    case "notebookArchived":
      draft.archived = true;
      return;
    case "notebookUnarchived":
      draft.archived = false;
      return;
    case "payloadRedacted":
    case "personAdded":
    case "credentialIssued":
    case "credentialRevoked":
    case "roleGranted":
    case "roleRevoked":
    case "agentPaused":
    case "agentResumed":
    case "notebookListed":
    case "notebookDeleted":
    case "promptRegistered":
    case "actionDenied":
      return;
    default:
      record satisfies never;
  }
}
