// Written by `python -m tests.make_types` from the Python classes: change those, not this file.
// The shapes of events, of the records that carry them, of state, of the tools for people, and of
// what may be asked of a kernel.

/** The form on the wire, which leaves out what is at its default. */
export type Packed<T, Defaults> = Omit<T, keyof Defaults> &
  Partial<Pick<T, keyof Defaults & keyof T>>;

export const REDUCER_VERSION = 2;

export type CellType = "code" | "markdown" | "raw";

export type Encoding = "base64" | "json" | "text";

export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput | OtherOutput;

export type Attachments = Readonly<Record<string, Readonly<Record<string, Value>>>>;

export type Shown = Stream | DisplayOutput | ResultOutput | ErrorOutput | OtherOutput;

export type Status =
  | "adrift"
  | "cancelled"
  | "claimed"
  | "error"
  | "lost"
  | "ok"
  | "requested"
  | "started";

export type RunStatus =
  | "claimed"
  | "completed"
  | "failed"
  | "limit"
  | "refused"
  | "requested"
  | "stopped";

export type RunOutcome = "completed" | "failed" | "limit" | "refused" | "stopped";

export type CompletedStatus = "cancelled" | "error" | "lost" | "ok";

export type ActorKind = "assistant" | "human" | "runtime" | "service" | "system";

export type Verdict = "ask" | "auto" | "deny";

export type Preset = "act" | "ask" | "propose" | "unattended";

export type Asker = "assistant" | "human" | "service";

export type Span = "once" | "run";

export type Hunk = EditProposed | InsertProposed | DeleteProposed | MoveProposed;

export type ApprovalStatus = "denied" | "expired" | "granted" | "pending" | "used" | "voided";

export type Role = "editor" | "owner" | "runner" | "viewer";

export type Scope =
  | "approve"
  | "assistant"
  | "audit"
  | "notebook:admin"
  | "notebook:read"
  | "notebook:run"
  | "notebook:write"
  | "runtime";

export type CredentialKind = "assistant" | "human" | "link" | "runtime" | "service" | "session";

export type RunState =
  | "adrift"
  | "cancelled"
  | "error"
  | "lost"
  | "never run"
  | "ok"
  | "queued"
  | "running"
  | "saved"
  | "stale"
  | "waiting for input";

export type Question = Complete | Inspect | Variables | Memory;

export type Answer = Completions | Inspection | VariableList | MemoryHeld | NoAnswer;

/** The bytes of a value that is kept beside the log. */
export interface Blob {
  readonly size: number;
  readonly encoding?: Encoding;
}

/**
 * An opaque JSON value. Exactly one of `json` (inline) and `blob` is present.
 *
 * `sha256` is of the bytes of `json`, or of the blob's bytes; it stands for the value in the
 * digest. A caller may leave it out of an inline value: the server stamps it when it records.
 */
export interface Value {
  readonly sha256?: string;
  readonly json?: unknown;
  readonly blob?: Blob;
}

/** The file that a notebook came from: name, sha256 of its bytes, "4.5" and unknown keys. */
export interface Imported {
  readonly name: string;
  readonly sha256: string;
  readonly nbformat: string;
  readonly extra?: Value;
}

/** The first record of most logs. */
export interface NotebookCreated {
  readonly title: string;
  readonly metadata: Value;
  readonly imported?: Imported | null;
}

/** The title is now this. */
export interface NotebookRenamed {
  readonly title: string;
}

/** The whole metadata is now this. */
export interface NotebookMetadataChanged {
  readonly metadata: Value;
}

/** The first record of a fork. The hash lets those who may read the past check it. */
export interface NotebookForked {
  readonly from_notebook_id: string;
  readonly from_seq: number;
  readonly from_hash: string;
  readonly title: string;
  readonly metadata: Value;
}

/** Out of sight: it can be read and unarchived. */
export type NotebookArchived = Readonly<Record<string, never>>;

/** In use again. */
export type NotebookUnarchived = Readonly<Record<string, never>>;

/**
 * A piece of text on stdout or stderr. With `blob`, `text` is empty.
 *
 * `sha256` is of its UTF-8, stamped by the server like that of a value.
 */
export interface StreamOutput {
  readonly output_type: "stream";
  readonly name: string;
  readonly text?: string;
  readonly sha256?: string;
  readonly blob?: Blob;
  readonly extra?: Value;
}

/** A rich display: one value for each mime type. */
export interface DisplayOutput {
  readonly output_type: "display_data";
  readonly data: Readonly<Record<string, Value>>;
  readonly metadata: Value;
  readonly display_id?: string | null;
  readonly extra?: Value;
}

/** The value of the last expression. */
export interface ResultOutput {
  readonly output_type: "execute_result";
  readonly data: Readonly<Record<string, Value>>;
  readonly metadata: Value;
  readonly execution_count?: number | null;
  readonly display_id?: string | null;
  readonly extra?: Value;
}

/** An exception that ended the code. `traceback` is a JSON list of strings. */
export interface ErrorOutput {
  readonly output_type: "error";
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: Value;
  readonly extra?: Value;
}

/** An output of a type that this project does not know: kept whole and exported as it came. */
export interface OtherOutput {
  readonly output_type: "other";
  readonly value: Value;
}

/**
 * A new cell, directly after its anchor. `outputs` are saved ones: nobody ran them here.
 *
 * `extra` holds what only the imported file's form needs: its own cell id, unknown keys.
 */
export interface CellCreated {
  readonly cell_id: string;
  readonly cell_type: CellType;
  readonly source: string;
  readonly after: string | null;
  readonly metadata: Value;
  readonly attachments?: Attachments;
  readonly outputs?: readonly Output[];
  readonly execution_count?: number | null;
  readonly extra?: Value;
}

/**
 * A change set in final coordinates, in CodeMirror's JSON form over UTF-16 units.
 *
 * `base_rev` is the rev that it applies to, after the server's mapping.
 */
export interface CellSourceEdited {
  readonly cell_id: string;
  readonly base_rev: number;
  readonly changes: readonly unknown[];
}

/** The cell now stands directly after its anchor. */
export interface CellMoved {
  readonly cell_id: string;
  readonly after: string | null;
}

/** The cell is now of this type. */
export interface CellTypeChanged {
  readonly cell_id: string;
  readonly cell_type: CellType;
}

/** The cell's whole metadata is now this. */
export interface CellMetadataChanged {
  readonly cell_id: string;
  readonly metadata: Value;
}

/** Files that the cell carries, such as images of a note, came or (null) went; others stay. */
export interface CellAttachmentsChanged {
  readonly cell_id: string;
  readonly attachments: Readonly<Record<string, Readonly<Record<string, Value>> | null>>;
}

/** Gone from sight; its id and place are kept. */
export interface CellDeleted {
  readonly cell_id: string;
}

/** A deleted cell is back in its place, complete in itself. */
export interface CellRestored {
  readonly cell_id: string;
  readonly cell_type: CellType;
  readonly source: string;
  readonly metadata: Value;
  readonly attachments?: Attachments;
  readonly outputs?: readonly Output[];
  readonly execution_count?: number | null;
  readonly extra?: Value;
}

/** What the cell showed is gone from sight; the log still has it. */
export interface CellOutputsCleared {
  readonly cell_id: string;
}

/**
 * Somebody wants this very source run; with a cell, `rev` is the rev of its source.
 *
 * With `allow_error` an error does not stop the rest of its batch.
 */
export interface ExecutionRequested {
  readonly execution_id: string;
  readonly source: string;
  readonly cell_id?: string | null;
  readonly rev?: number | null;
  readonly batch_id?: string | null;
  readonly allow_error?: boolean;
}

/** A runtime holds it; `generation` grows when it takes an adrift one up again. */
export interface ExecutionClaimed {
  readonly execution_id: string;
  readonly runtime_id: string;
  readonly generation: number;
}

/** The kernel has it; what the cell showed before is replaced from here on. */
export interface ExecutionStarted {
  readonly execution_id: string;
  readonly execution_count?: number | null;
}

/** Outputs in kernel order. `index` counts batches from 0; `late` came after the end. */
export interface OutputAppended {
  readonly execution_id: string;
  readonly index: number;
  readonly outputs: readonly Output[];
  readonly late?: boolean;
}

/** Every output in sight with this display id now shows this. */
export interface OutputUpdated {
  readonly execution_id: string;
  readonly index: number;
  readonly display_id: string;
  readonly data: Readonly<Record<string, Value>>;
  readonly metadata: Value;
}

/** The code cleared its outputs: at once, or (`wait`) when the next one comes. */
export interface OutputsCleared {
  readonly execution_id: string;
  readonly index: number;
  readonly wait?: boolean;
}

/** The code asks for a line of text; with `password` the answer never enters the log. */
export interface InputRequested {
  readonly execution_id: string;
  readonly input_id: string;
  readonly prompt: string;
  readonly password?: boolean;
}

/** An answer was taken. `value` is absent for a password; `by` is the id of who gave it. */
export interface InputProvided {
  readonly execution_id: string;
  readonly input_id: string;
  readonly value?: string | null;
  readonly by?: string | null;
}

/** The runtime's lease ran out while it ran this: it is adrift. */
export interface ExecutionClaimLapsed {
  readonly execution_id: string;
  readonly generation: number;
}

/** Somebody wants a running one stopped. */
export interface ExecutionCancelRequested {
  readonly execution_id: string;
}

/** The end, which never changes. `reason` is a sentence for all but `ok`. */
export interface ExecutionCompleted {
  readonly execution_id: string;
  readonly status: CompletedStatus;
  readonly reason?: string | null;
  readonly duration_ms?: number | null;
}

/** The language process: kernelspec name, language and its version. */
export interface Kernel {
  readonly name: string;
  readonly language?: string;
  readonly version?: string;
}

/** A runtime serves this notebook from here on. `label` is what people call its place. */
export interface RuntimeAttached {
  readonly runtime_id: string;
  readonly kernel: Kernel;
  readonly capabilities?: readonly string[];
  readonly environment?: Value;
  readonly label?: string;
}

/** It no longer does; `reason` is a sentence. */
export interface RuntimeDetached {
  readonly runtime_id: string;
  readonly reason: string;
}

/** A fresh kernel: no variable of an earlier one is there. */
export interface KernelStarted {
  readonly runtime_id: string;
  readonly kernel: Kernel;
}

/**
 * The language process ended unasked. `exit_code` is negative for a signal; `reason` is a
 * sentence where more is known than the code tells, such as a limit that it went over.
 */
export interface KernelDied {
  readonly runtime_id: string;
  readonly exit_code?: number | null;
  readonly last_stderr?: string;
  readonly reason?: string | null;
}

/** Somebody wants the running code interrupted. */
export interface KernelInterruptRequested {
  readonly runtime_id: string;
}

/** Somebody wants a fresh kernel; with `keep_queue` what is queued runs in it. */
export interface KernelRestartRequested {
  readonly runtime_id: string;
  readonly keep_queue?: boolean;
}

/** Somebody wrote to the assistant. `cells` are those that the message is about. */
export interface MessagePosted {
  readonly message_id: string;
  readonly thread_id: string;
  readonly text: string;
  readonly cells?: readonly string[] | null;
}

/** What a run may use. 0 is no limit; `cost` is in millionths of a dollar. */
export interface Limits {
  readonly turns?: number;
  readonly tool_calls?: number;
  readonly tokens?: number;
  readonly cost?: number;
  readonly seconds?: number;
}

/**
 * The assistant is to answer a message, with at most these scopes and within these limits.
 *
 * Without `cells` it is shown the whole notebook. `model` and `effort` left out are its own.
 */
export interface AssistantRunRequested {
  readonly run_id: string;
  readonly thread_id: string;
  readonly message_id: string;
  readonly person_id: string;
  readonly scopes: readonly Scope[];
  readonly cells?: readonly string[] | null;
  readonly limits?: Limits;
  readonly model?: string | null;
  readonly effort?: string | null;
}

/** The assistant that acted: its name, version and model. */
export interface Agent {
  readonly name: string;
  readonly version?: string | null;
  readonly model?: string | null;
}

/** An assistant works on it; `generation` grows each time that it is taken up. */
export interface AssistantRunClaimed {
  readonly run_id: string;
  readonly generation: number;
  readonly credential_id: string;
  readonly agent: Agent;
}

/**
 * The assistant's lease ran out, or it let go of a run that waits for a person: it may be taken
 * up again.
 */
export interface AssistantRunClaimLapsed {
  readonly run_id: string;
  readonly generation: number;
}

/** A prompt by name and by the sha256 of its text, which the workspace log holds. */
export interface PromptRef {
  readonly prompt_id: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * A cell as it was shown to the model: the rev of its source, the execution whose outputs were
 * shown (`outputs` of them), and whether any of it was cut.
 */
export interface SeenCell {
  readonly cell_id: string;
  readonly rev: number;
  readonly execution_id?: string | null;
  readonly outputs?: number;
  readonly cut?: boolean;
}

/**
 * What the next call shows the model of the notebook, as it was at `as_of_seq`.
 *
 * With `since_seq` only what others changed after it. `hidden` cells were left out, and what is
 * `trimmed` (tool call ids) is shown no more from here on; `masked` counts the keys that were
 * masked. `text_sha256` is of the text itself.
 */
export interface ContextAssembled {
  readonly run_id: string;
  readonly turn: number;
  readonly as_of_seq: number;
  readonly text_sha256: string;
  readonly prompt: PromptRef;
  readonly tools: PromptRef;
  readonly cells?: readonly SeenCell[];
  readonly since_seq?: number | null;
  readonly hidden?: readonly string[];
  readonly trimmed?: readonly string[];
  readonly masked?: number;
  readonly cut?: boolean;
}

/** The model is asked; `request_sha256` is of the request's canonical bytes. */
export interface ModelCallStarted {
  readonly run_id: string;
  readonly turn: number;
  readonly attempt: number;
  readonly model: string;
  readonly request_sha256: string;
  readonly max_tokens: number;
  readonly effort?: string | null;
}

/** The call did not come through and is made again after a while. */
export interface ModelCallRetried {
  readonly run_id: string;
  readonly turn: number;
  readonly attempt: number;
  readonly reason: string;
  readonly delay_ms: number;
}

/** What a call of the model used: tokens, and the cost in millionths of a dollar. */
export interface Usage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_tokens?: number;
  readonly cache_write_tokens?: number;
  readonly cost?: number;
}

/** The model has answered. `content` is the JSON of its blocks, verbatim; `model` who served. */
export interface ModelCallCompleted {
  readonly run_id: string;
  readonly turn: number;
  readonly content: string;
  readonly stop_reason: string;
  readonly model: string;
  readonly usage: Usage;
  readonly request_id?: string | null;
  readonly stop_details?: string | null;
  readonly duration_ms?: number;
}

/** The call is given up; `reason` is a sentence. */
export interface ModelCallFailed {
  readonly run_id: string;
  readonly turn: number;
  readonly reason: string;
}

/** The model wants a tool used; `arguments` is the JSON as it gave them. */
export interface ToolCallProposed {
  readonly run_id: string;
  readonly turn: number;
  readonly tool_call_id: string;
  readonly tool: string;
  readonly arguments: string;
}

/**
 * What came of it: the text that the model is shown. `seq` is of the last record it made;
 * `masked` counts the keys that were masked in the text.
 */
export interface ToolCallCompleted {
  readonly run_id: string;
  readonly tool_call_id: string;
  readonly text: string;
  readonly is_error?: boolean;
  readonly seq?: number | null;
  readonly masked?: number;
}

/** Somebody wants the run stopped; its end comes with this. */
export interface AssistantRunCancelRequested {
  readonly run_id: string;
}

/** The end, which never changes. `reason` is a sentence. */
export interface AssistantRunFinished {
  readonly run_id: string;
  readonly outcome: RunOutcome;
  readonly reason: string;
}

/** A remark; `reply_to` names the comment that it answers. */
export interface CommentAdded {
  readonly comment_id: string;
  readonly text: string;
  readonly cell_id?: string | null;
  readonly reply_to?: string | null;
}

/** Dealt with. */
export interface CommentResolved {
  readonly comment_id: string;
}

/** Not dealt with after all. */
export interface CommentReopened {
  readonly comment_id: string;
}

/**
 * One event that a command would append. `rev` and `source_sha256` are of its cell as it is.
 *
 * `source` is what would run, or stand in a new cell; `diff` what would become of the cell's
 * source. `data_sha256` binds the event whole, but for the ids that are made anew each time.
 */
export interface Step {
  readonly type: string;
  readonly data_sha256: string;
  readonly cell_id?: string | null;
  readonly rev?: number | null;
  readonly source_sha256?: string | null;
  readonly source?: string | null;
  readonly diff?: string | null;
}

/** Where something would run: the program that serves the notebook, whatever its process. */
export interface Place {
  readonly principal_id: string;
  readonly label?: string;
  readonly sandboxed?: boolean;
}

/**
 * A command as it would act: all that an approval shows and binds.
 *
 * A tool that runs something has a `place`, unless no runtime is attached.
 */
export interface Resolved {
  readonly tool: string;
  readonly steps: readonly Step[];
  readonly place?: Place | null;
}

/**
 * A program wants to do this, and a person is to decide. `expires_at` is UTC.
 *
 * `call_sha256` is of the call as it was made: the same call again, resolved to something else,
 * voids the approval. `correlation_id` names the run that the call belongs to.
 */
export interface ApprovalRequested {
  readonly approval_id: string;
  readonly resolved: Resolved;
  readonly resolved_sha256: string;
  readonly call_sha256: string;
  readonly reason: string;
  readonly expires_at: string;
  readonly correlation_id?: string | null;
}

/** A person allows it: this once, or this tool for the rest of the run. */
export interface ApprovalGranted {
  readonly approval_id: string;
  readonly span?: Span;
}

/** A person does not allow it. */
export interface ApprovalDenied {
  readonly approval_id: string;
  readonly reason?: string;
}

/** Its time passed before it was decided, or before it was used. */
export interface ApprovalExpired {
  readonly approval_id: string;
}

/** What it is for is no longer what would happen; `reason` says what changed. */
export interface ApprovalVoided {
  readonly approval_id: string;
  readonly reason: string;
}

/** What was approved is done, by this very command. */
export interface ApprovalUsed {
  readonly approval_id: string;
}

/** A program may use a tool in one run without asking again, until then. Times are UTC. */
export interface PermissionGranted {
  readonly permission_id: string;
  readonly principal_id: string;
  readonly tool: string;
  readonly correlation_id: string;
  readonly expires_at: string;
}

/** From here on it asks again. */
export interface PermissionRevoked {
  readonly permission_id: string;
}

/** What the gate says to actors of this kind about this tool, whatever the preset says. */
export interface Rule {
  readonly kind: Asker;
  readonly tool: string;
  readonly verdict: Verdict;
}

/** What programs may do in this notebook is now this: a preset, and rules that go before it. */
export interface PolicyChanged {
  readonly preset: Preset;
  readonly rules?: readonly Rule[];
}

/**
 * A part of a source's change that can be taken by itself: a change set for the source at
 * `rev`.
 */
export interface EditProposed {
  readonly kind: "edit";
  readonly cell_id: string;
  readonly rev: number;
  readonly changes: readonly unknown[];
}

/** A new cell under this id, after that one. */
export interface InsertProposed {
  readonly kind: "insert";
  readonly cell_id: string;
  readonly cell_type: CellType;
  readonly source: string;
  readonly after: string | null;
}

/** A cell is to go, as its source is at `rev`. */
export interface DeleteProposed {
  readonly kind: "delete";
  readonly cell_id: string;
  readonly rev: number;
}

/** A cell is to stand after that one. */
export interface MoveProposed {
  readonly kind: "move";
  readonly cell_id: string;
  readonly after: string | null;
}

/** Somebody would change this. Each of the `edits` is a hunk that can be taken by itself. */
export interface ChangesProposed {
  readonly proposal_id: string;
  readonly edits: readonly Hunk[];
  readonly rationale?: string;
}

/**
 * Somebody takes these hunks; what comes of them follows, caused by the proposal.
 *
 * `edited` names the cells whose text they changed as they took it.
 */
export interface ProposalAccepted {
  readonly proposal_id: string;
  readonly hunks: readonly number[];
  readonly edited?: readonly string[];
}

/** Somebody does not want these hunks. */
export interface ProposalRejected {
  readonly proposal_id: string;
  readonly hunks: readonly number[];
  readonly reason?: string;
}

/** Why a hunk does not fit any more; its number counts from 0. */
export interface HunkConflict {
  readonly hunk: number;
  readonly reason: string;
}

/** These hunks were to be taken and did not fit: others changed what they are about. */
export interface ProposalConflicted {
  readonly proposal_id: string;
  readonly conflicts: readonly HunkConflict[];
}

/** Who proposed it no longer does. */
export interface ProposalWithdrawn {
  readonly proposal_id: string;
  readonly reason?: string;
}

/** A person of this workspace. An admin adds people; the first person is one. */
export interface PersonAdded {
  readonly person_id: string;
  readonly name: string;
  readonly admin?: boolean;
}

/**
 * A secret, known here by its sha256 alone, may act within these bounds for this person.
 *
 * `principal_id` is the actor id: the person's for `session`, `link` and `human`, else the
 * program's. A `link` opens nothing itself: it is given once for a session. No `notebooks` means
 * all that the person may see. `expires_at` is UTC. One that is for an assistant run alone names
 * it, and the `agent` that works on it.
 */
export interface CredentialIssued {
  readonly credential_id: string;
  readonly kind: CredentialKind;
  readonly person_id: string;
  readonly principal_id: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly secret_sha256: string;
  readonly notebooks?: readonly string[] | null;
  readonly expires_at?: string | null;
  readonly run_id?: string | null;
  readonly agent?: Agent | null;
}

/** It opens nothing from here on. */
export interface CredentialRevoked {
  readonly credential_id: string;
}

/** The person's role in the notebook is now this. */
export interface RoleGranted {
  readonly notebook_id: string;
  readonly person_id: string;
  readonly role: Role;
}

/** The person has no role in the notebook. */
export interface RoleRevoked {
  readonly notebook_id: string;
  readonly person_id: string;
}

/** A program may read and do nothing else until it is resumed. */
export interface AgentPaused {
  readonly principal_id: string;
  readonly reason?: string;
}

/** The program may act again. */
export interface AgentResumed {
  readonly principal_id: string;
}

/**
 * A notebook was created by this person, who owns it.
 *
 * Its title stands in its own log alone, so that it can be erased there.
 */
export interface NotebookListed {
  readonly notebook_id: string;
  readonly owner_id: string;
}

/** A notebook's records are erased; its last seq and hash stay, and its id never comes again. */
export interface NotebookDeleted {
  readonly notebook_id: string;
  readonly seq: number;
  readonly hash: string;
}

/** The text that a prompt's name and version stand for, from here on and for ever. */
export interface PromptRegistered {
  readonly prompt_id: string;
  readonly version: string;
  readonly sha256: string;
  readonly text: string;
}

/** What a program calls itself. Kept as "via", never believed as who. */
export interface Client {
  readonly name: string;
  readonly version?: string | null;
}

/**
 * Who did it, as stamped by the server from the credential.
 *
 * `id` is the principal: a person's id, or a program's from its first credential. `on_behalf_of`
 * holds the ids of those it acts for, nearest first.
 */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
  readonly name: string;
  readonly on_behalf_of?: readonly string[];
  readonly client?: Client | null;
  readonly agent?: Agent | null;
}

/** Somebody tried what they may not do. `count` attempts alike, the first one at `first_at`. */
export interface ActionDenied {
  readonly denied: Actor;
  readonly tool: string;
  readonly notebook_id: string;
  readonly reason: string;
  readonly count?: number;
  readonly first_at?: string;
}

/** The data and salt of these records are erased; each now holds a stand-in with this sha256. */
export interface PayloadRedacted {
  readonly seqs: readonly number[];
  readonly stand_in_hashes: readonly string[];
  readonly reason: string;
}

/** A record as JSON on the wire and in answers. `data` is the stored JSON of the event. */
export interface WireRecord {
  readonly notebook_id: string;
  readonly seq: number;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  readonly actor: Actor;
  readonly recorded_at: string;
  readonly command_id: string;
  readonly payload_hash: string;
  readonly hash: string;
  readonly causation_id?: string;
  readonly correlation_id?: string;
  readonly trace_id?: string;
}

/** Where a fork comes from; the hash is of the last record that it holds. */
export interface Forked {
  readonly notebook_id: string;
  readonly seq: number;
  readonly hash: string;
}

/**
 * A cell in sight, or (`deleted`) the tombstone that keeps its id and place.
 *
 * `rev` is the seq that last changed the source. `outputs` are saved ones, which nobody ran here;
 * once an execution started, `execution_id` names the one whose outputs show instead.
 */
export interface Cell {
  readonly cell_id: string;
  readonly cell_type: CellType;
  readonly source: string;
  readonly rev: number;
  readonly metadata: Value;
  readonly attachments: Attachments;
  readonly outputs: readonly Output[];
  readonly execution_count: number | null;
  readonly execution_id: string | null;
  readonly deleted: boolean;
  readonly extra: Value | null;
}

/**
 * Neighbouring text of one stream. `digest` chains over its pieces: h = sha256(h || sha256).
 *
 * A replica may hold a stream by reference: `digest` without `pieces`.
 */
export interface Stream {
  readonly output_type: "stream";
  readonly name: string;
  readonly digest: string;
  readonly pieces: readonly StreamOutput[];
}

/** A question that the code waits on. */
export interface Input {
  readonly input_id: string;
  readonly prompt: string;
  readonly password: boolean;
}

/**
 * One run of some code.
 *
 * `requested_by` is the actor id of who asked. `next_index` is the index that the runtime's next
 * batch of outputs must carry. `clear_pending`: the next output replaces all that is shown.
 * Times are UTC.
 */
export interface Execution {
  readonly execution_id: string;
  readonly source: string;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly cell_id: string | null;
  readonly rev: number | null;
  readonly batch_id: string | null;
  readonly allow_error: boolean;
  readonly status: Status;
  readonly runtime_id: string | null;
  readonly generation: number;
  readonly execution_count: number | null;
  readonly outputs: readonly Shown[];
  readonly next_index: number;
  readonly clear_pending: boolean;
  readonly cancel_requested: boolean;
  readonly input: Input | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly reason: string | null;
  readonly duration_ms: number | null;
}

/**
 * An attached runtime. `principal_id` is the actor that attached it: nobody else may act as it.
 *
 * `kernel_alive` is false from a death of the kernel until the next start.
 * `restart_requested` holds from the request until the fresh kernel has started.
 */
export interface Runtime {
  readonly runtime_id: string;
  readonly principal_id: string;
  readonly kernel: Kernel;
  readonly attached_at: string;
  readonly environment: Value;
  readonly capabilities: readonly string[];
  readonly label: string;
  readonly kernel_alive: boolean;
  readonly restart_requested: boolean;
}

/** A remark on the notebook, or on a cell. */
export interface Comment {
  readonly comment_id: string;
  readonly text: string;
  readonly author_id: string;
  readonly added_at: string;
  readonly cell_id: string | null;
  readonly reply_to: string | null;
  readonly resolved: boolean;
}

/** What programs may do: a preset, and rules that go before it. */
export interface Policy {
  readonly preset: Preset;
  readonly rules: readonly Rule[];
}

/**
 * A call that asked for a person's word. `requested_by` and `decided_by` are actor ids.
 *
 * `note` is what the person said, or what voided it. One that is over shows no texts any more, as
 * the log has them. Times are UTC.
 */
export interface Approval {
  readonly approval_id: string;
  readonly resolved: Resolved;
  readonly resolved_sha256: string;
  readonly call_sha256: string;
  readonly reason: string;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly correlation_id: string | null;
  readonly status: ApprovalStatus;
  readonly span: Span | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly note: string;
}

/** A program may use a tool in one run without asking. `granted_by` is a person's id. */
export interface Permission {
  readonly permission_id: string;
  readonly principal_id: string;
  readonly tool: string;
  readonly correlation_id: string;
  readonly granted_by: string;
  readonly granted_at: string;
  readonly expires_at: string;
}

/**
 * Changes that somebody would make. Hunks are numbered from 0, as `edits` stand.
 *
 * `conflicted` are those which did not fit when they were to be taken; they are still open, for
 * a person may take them with a text of their own. One of which nothing is to be decided any more
 * has no edits: the log has them.
 */
export interface Proposal {
  readonly proposal_id: string;
  readonly edits: readonly Hunk[];
  readonly rationale: string;
  readonly proposed_by: string;
  readonly proposed_at: string;
  readonly accepted: readonly number[];
  readonly rejected: readonly number[];
  readonly conflicted: readonly number[];
  readonly withdrawn: boolean;
}

/**
 * One turn of work by an assistant, for the person `person_id`.
 *
 * `principal_id` is the assistant that claimed it last, `credential_id` what it acts with;
 * `generation` counts the claims. `asking`: the model has been asked and has not answered yet.
 * `calls` are the tool calls that the model wants and that have no result yet, `executions` what
 * the run had requested and is still open. Times are UTC.
 */
export interface AssistantRun {
  readonly run_id: string;
  readonly thread_id: string;
  readonly message_id: string;
  readonly person_id: string;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly scopes: readonly Scope[];
  readonly cells: readonly string[] | null;
  readonly limits: Limits;
  readonly model: string | null;
  readonly effort: string | null;
  readonly status: RunStatus;
  readonly generation: number;
  readonly principal_id: string | null;
  readonly credential_id: string | null;
  readonly agent: Agent | null;
  readonly turn: number;
  readonly asking: boolean;
  readonly calls: readonly string[];
  readonly tool_calls: number;
  readonly executions: readonly string[];
  readonly usage: Usage;
  readonly finished_at: string | null;
  readonly reason: string | null;
}

/** A notebook as JSON. `cells` stand in order, tombstones among them. */
export interface PortableNotebook {
  readonly notebook_id: string;
  readonly seq: number;
  readonly title: string;
  readonly metadata: Value;
  readonly created_at: string;
  readonly archived?: boolean;
  readonly imported?: Imported | null;
  readonly forked?: Forked | null;
  readonly cells?: readonly PackedCell[];
  readonly executions?: readonly PackedExecution[];
  readonly queue?: readonly string[];
  readonly loose?: readonly string[];
  readonly runtimes?: readonly PackedRuntime[];
  readonly comments?: readonly PackedComment[];
  readonly policy?: PackedPolicy;
  readonly approvals?: readonly PackedApproval[];
  readonly permissions?: readonly Permission[];
  readonly proposals?: readonly PackedProposal[];
  readonly runs?: readonly PackedAssistantRun[];
  readonly skipped?: number;
}

/** Somebody with roles. Only people have them. */
export interface Person {
  readonly person_id: string;
  readonly name: string;
  readonly admin: boolean;
}

/**
 * A secret (known by its sha256) with its bounds; it acts for a person. Times are UTC.
 *
 * One with a `run_id` is for that assistant run alone, and `agent` is what works on it.
 */
export interface Credential {
  readonly credential_id: string;
  readonly kind: CredentialKind;
  readonly person_id: string;
  readonly principal_id: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly secret_sha256: string;
  readonly issued_at: string;
  readonly notebooks?: readonly string[] | null;
  readonly expires_at?: string | null;
  readonly revoked?: boolean;
  readonly run_id?: string | null;
  readonly agent?: Agent | null;
}

/** A notebook of this workspace; with `deleted`, only its last seq and hash are left. */
export interface Listing {
  readonly notebook_id: string;
  readonly owner_id: string;
  readonly listed_at: string;
  readonly deleted?: boolean;
  readonly last_seq?: number;
  readonly last_hash?: string;
}

/** A text that assistants give to models, by name and version, and by its sha256. */
export interface Prompt {
  readonly prompt_id: string;
  readonly version: string;
  readonly sha256: string;
  readonly text: string;
}

/** The workspace as JSON. `roles` is notebook id to person id to role. */
export interface PortableWorkspace {
  readonly seq: number;
  readonly people?: readonly Person[];
  readonly credentials?: readonly Credential[];
  readonly roles?: Readonly<Record<string, Readonly<Record<string, Role>>>>;
  readonly paused?: Readonly<Record<string, string>>;
  readonly notebooks?: readonly Listing[];
  readonly prompts?: readonly Prompt[];
  readonly denials?: number;
  readonly skipped?: number;
}

/** What could stand at the cursor? `cursor` counts UTF-16 units. */
export interface Complete {
  readonly question: "complete";
  readonly code: string;
  readonly cursor: number;
}

/** What is it that the cursor stands on? With `detail` 1 its source comes too. */
export interface Inspect {
  readonly question: "inspect";
  readonly code: string;
  readonly cursor: number;
  readonly detail?: 0 | 1;
}

/**
 * Which variables are there, by name? `contains`: only names with this text in them, whatever
 * its case. `offset`: leave out so many of them, to read on where an answer was cut.
 */
export interface Variables {
  readonly question: "variables";
  readonly contains?: string;
  readonly offset?: number;
}

/** How much memory does the kernel hold, with all that it started? */
export interface Memory {
  readonly question: "memory";
}

/** A text that could stand there; `type` is the kernel's word for what it is, if it has one. */
export interface Match {
  readonly text: string;
  readonly type?: string;
}

/** What each match would replace is `start` to `end`, in UTF-16 units. `more` were left out. */
export interface Completions {
  readonly answer: "completions";
  readonly matches: readonly Match[];
  readonly start: number;
  readonly end: number;
  readonly more?: number;
}

/**
 * What the kernel says, as plain text without colours, and as HTML or Markdown if it has that
 * and it fits. `left_out` names what did not fit.
 */
export interface Inspection {
  readonly answer: "inspection";
  readonly found: boolean;
  readonly text?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly left_out?: readonly string[];
}

/**
 * A name and what it stands for, as far as that can be told without running any code of its
 * class. `shape` of what has only a length is that; `size` is in bytes, without what it holds.
 */
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly kind?: "class" | "function" | "module" | "value";
  readonly shape?: readonly number[] | null;
  readonly size?: number | null;
  readonly preview?: string;
}

/** Variables in the order of their names; `more` come after them. */
export interface VariableList {
  readonly answer: "variables";
  readonly variables: readonly Variable[];
  readonly more?: number;
}

/** Bytes of resident memory. With more than `limit` the kernel is ended; 0 is no limit. */
export interface MemoryHeld {
  readonly answer: "memory";
  readonly held: number;
  readonly limit?: number;
}

/** There is none; `reason` is a sentence. */
export interface NoAnswer {
  readonly answer: "none";
  readonly reason: string;
}

/** Records that follow each other, all of the actor at the position `lane`. */
export interface LaneSpan {
  readonly lane: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Who was at work from where to where; one actor by two programs is two. All records up to
 * `upto` were looked at.
 */
export interface Lanes {
  readonly upto: number;
  readonly head: number;
  readonly actors: readonly Actor[];
  readonly spans: readonly LaneSpan[];
}

/**
 * What happened, as a sentence, with the ids of the last record that it tells of.
 *
 * Like records, and what a runtime tells of one run, stand in one line, from `first_seq` to `seq`;
 * `count` says how many. `cell_id` is the cell that it is about, or that was run, where the
 * stretch tells of it.
 */
export interface RecordLine {
  readonly seq: number;
  readonly first_seq: number;
  readonly at: string;
  readonly text: string;
  readonly type: string;
  readonly actor: Actor;
  readonly event_id: string;
  readonly command_id: string;
  readonly count?: number;
  readonly causation_id?: string | null;
  readonly correlation_id?: string | null;
  readonly cell_id?: string | null;
  readonly execution_id?: string | null;
}

/** Lines in order. All records up to `upto` were looked at; `head` is the last that there is. */
export interface Lines {
  readonly upto: number;
  readonly head: number;
  readonly lines: readonly RecordLine[];
}

/**
 * List the notebooks that you may see, the last changed first. Begin here: every other tool
 * needs a notebook_id.
 */
export interface ListNotebooks {
  readonly archived?: boolean;
  readonly find?: string | null;
  readonly after?: string | null;
}

/**
 * Read a notebook: its cells with the ids and revs that edits and runs must name.
 *
 * `detail`: `outline` is one line a cell (begin with it if the notebook is long), `source` the
 * whole sources, `full` the outputs too, `comments` the open comments, whole. What does not fit
 * is named in `more`, with the call that reads it.
 */
export interface ReadNotebook {
  readonly detail?: "comments" | "full" | "outline" | "source";
  readonly cells?: readonly string[] | null;
  readonly after?: string | null;
  readonly offset?: number;
  readonly first_output?: number;
  readonly at?: number | null;
  readonly characters?: number;
  readonly notebook_id: string;
}

/**
 * Read who did what since a seq, in sentences, the oldest first.
 *
 * After a pause ask with `after` = the last seq that you saw. With `wait_s` it waits that long
 * for something to happen. The notebook_id `workspace` is the workspace's own log.
 */
export interface ReadHistory {
  readonly after?: number;
  readonly limit?: number;
  readonly actor?: string | null;
  readonly cell?: string | null;
  readonly type?: string | null;
  readonly correlation_id?: string | null;
  readonly wait_s?: number;
  readonly records?: boolean;
  readonly notebook_id: string;
}

/**
 * Show what became of the cells `from` one seq `to` another, as diffs: of all, or of those that
 * one `actor` changed. `after`: next_after of an answer.
 */
export interface DiffNotebook {
  readonly from?: number | null;
  readonly to?: number | null;
  readonly actor?: string | null;
  readonly correlation_id?: string | null;
  readonly after?: string | null;
  readonly notebook_id: string;
}

/**
 * Read one output of a cell or of an execution, by its number: whole, in parts.
 *
 * `form`: `text` as a reader sees it, `raw` as it is (with `mime`, in that form), `image` to look
 * at it. `find` shows only the lines that hold a text, each after its offset.
 */
export interface ReadOutput {
  readonly cell_id?: string | null;
  readonly execution_id?: string | null;
  readonly output?: number;
  readonly form?: "image" | "raw" | "text";
  readonly mime?: string | null;
  readonly find?: string | null;
  readonly offset?: number;
  readonly limit?: number;
  readonly at?: number | null;
  readonly notebook_id: string;
}

/**
 * Read how a run stands or ended, with its outputs. With `wait_s` it waits that long for the
 * end; the run goes on whether or not anybody waits.
 */
export interface ReadExecution {
  readonly execution_id: string;
  readonly wait_s?: number;
  readonly first_output?: number;
  readonly characters?: number;
  readonly notebook_id: string;
}

/**
 * Read how all executions stand that were requested together, by the first of them. With
 * `wait_s` it waits that long for the end of all.
 */
export interface ReadBatch {
  readonly execution_id: string;
  readonly wait_s?: number;
  readonly notebook_id: string;
}

/** Read which runtime and kernel serve the notebook, what runs and what is queued. */
export interface ReadRuntime {
  readonly notebook_id: string;
}

/** Export the notebook as an .ipynb file, or its log as JSON lines that can be verified. */
export interface ExportNotebook {
  readonly format?: "ipynb" | "log";
  readonly at?: number | null;
  readonly notebook_id: string;
}

/**
 * A cell to be made. Without `cell_id` it gets a fresh one.
 *
 * `outputs` are saved ones; `extra` keeps what only the file's form needs (its own ill-formed or
 * duplicate id, unknown keys) for export.
 */
export interface GivenCell {
  readonly source?: string;
  readonly cell_type?: CellType;
  readonly cell_id?: string | null;
  readonly metadata?: Value;
  readonly attachments?: Attachments;
  readonly outputs?: readonly Output[];
  readonly execution_count?: number | null;
  readonly extra?: Value;
}

/** Make a new notebook. You own it. */
export interface CreateNotebook {
  readonly title?: string;
  readonly notebook_id?: string | null;
  readonly metadata?: Value;
  readonly cells?: readonly GivenCell[];
}

/**
 * Make a new notebook from an .ipynb file that was already read. Blobs are uploaded before.
 *
 * Its outputs are kept as saved outputs; nothing is run.
 */
export interface ImportNotebook {
  readonly title: string;
  readonly imported: Imported;
  readonly notebook_id?: string | null;
  readonly metadata?: Value;
  readonly cells?: readonly GivenCell[];
}

/** Give the notebook another title. */
export interface RenameNotebook {
  readonly title: string;
  readonly notebook_id: string;
}

/** Replace the whole metadata of the notebook, or of one cell. */
export interface SetMetadata {
  readonly metadata: Value;
  readonly cell_id?: string | null;
  readonly notebook_id: string;
}

/** Put the notebook out of sight, or (`archived` false) back. It stays readable. */
export interface ArchiveNotebook {
  readonly archived?: boolean;
  readonly notebook_id: string;
}

/** Erase the notebook for good, outputs and blobs too. Only its last seq and hash stay. */
export interface DeleteNotebook {
  readonly notebook_id: string;
}

/** Erase what some records say, for good. Their place, author and time stay visible. */
export interface Redact {
  readonly seqs: readonly number[];
  readonly reason: string;
  readonly notebook_id: string;
}

/** Insert cells, in order, after a cell, at the top (null), or at the end (left out). */
export interface InsertCells {
  readonly cells: readonly GivenCell[];
  readonly after?: string | null;
  readonly notebook_id: string;
}

/** Replace `old`, which must occur exactly once in the current source, by `new`. */
export interface TextEdit {
  readonly old: string;
  readonly new: string;
}

/**
 * Change the source of a cell. Give either `edits` or `source`, and the rev that you read.
 *
 * `edits`: old text, occurring exactly once in the current source, and the new text for it; they
 * also apply when others changed something else meanwhile, and `merged` says who did.
 * `source`: the whole new text; refused if anybody changed the cell since `base_rev`.
 */
export interface EditCell {
  readonly cell_id: string;
  readonly base_rev?: number | null;
  readonly edits?: readonly TextEdit[] | null;
  readonly source?: string | null;
  readonly changes?: readonly unknown[] | null;
  readonly notebook_id: string;
}

/** Move cells, keeping the given order, to stand after a cell, or at the top (null). */
export interface MoveCells {
  readonly cell_ids: readonly string[];
  readonly after: string | null;
  readonly notebook_id: string;
}

/** Delete cells. What is queued of them is cancelled; `restore_notebook` brings them back. */
export interface DeleteCells {
  readonly cell_ids: readonly string[];
  readonly notebook_id: string;
}

/** Make a cell code, markdown or raw. Outputs of what is no longer code go out of sight. */
export interface ChangeCellType {
  readonly cell_id: string;
  readonly cell_type: CellType;
  readonly notebook_id: string;
}

/**
 * Give a cell files that its text names as `attachment:NAME`, such as images of a note.
 *
 * Each is a value by its mime type. Others that the cell has stay; null takes one away.
 */
export interface AttachFiles {
  readonly cell_id: string;
  readonly attachments: Readonly<Record<string, Readonly<Record<string, Value>> | null>>;
  readonly notebook_id: string;
}

/** Clear what these cells show, or (without `cell_ids`) what all cells show. */
export interface ClearOutputs {
  readonly cell_ids?: readonly string[] | null;
  readonly notebook_id: string;
}

/**
 * Bring back deleted cells (`cell_ids`), or make the whole notebook what it was at `to_seq`.
 *
 * Restoring is new events on top: nothing that happened since is lost from the log.
 */
export interface RestoreNotebook {
  readonly to_seq?: number | null;
  readonly cell_ids?: readonly string[] | null;
  readonly notebook_id: string;
}

/**
 * Undo what was done in one run (`correlation_id`), because of one thing (`causation_id`, as of
 * a proposal), or by one `actor` after a seq and up to another.
 *
 * It is undone by new changes on top, and only where nobody else changed the same since: the rest
 * is told as conflicts. What code did when it ran stays.
 */
export interface RevertChanges {
  readonly correlation_id?: string | null;
  readonly causation_id?: string | null;
  readonly actor?: string | null;
  readonly after?: number;
  readonly upto?: number | null;
  readonly notebook_id: string;
}

/** A cell with the rev of the source that the caller has seen. */
export interface CellAt {
  readonly cell_id: string;
  readonly rev: number;
}

/**
 * Run code cells as one batch, in this order: those named, each with the rev you read, or (left
 * out) all. Answers with their outputs, or after `wait_s` with how they stand.
 *
 * A cell that raises has the state `error`, and the rest of the batch is cancelled, unless
 * `allow_errors` is set or the cell is tagged `raises-exception`.
 */
export interface RunCells {
  readonly cells?: readonly CellAt[] | null;
  readonly allow_errors?: boolean;
  readonly wait_s?: number;
  readonly notebook_id: string;
}

/**
 * Run code in the notebook's kernel without making a cell of it: to look at something. Answers
 * as run_cells does.
 */
export interface RunCode {
  readonly source: string;
  readonly wait_s?: number;
  readonly notebook_id: string;
}

/**
 * Cancel one execution: a queued one at once, a running one by interrupting the kernel.
 *
 * With `force`, for one that does not stop: the kernel is restarted, and its variables are lost;
 * one whose runtime is gone is given up.
 */
export interface CancelExecution {
  readonly execution_id: string;
  readonly force?: boolean;
  readonly notebook_id: string;
}

/**
 * Answer a running cell that asks for a line of input. The first answer wins.
 *
 * A password is never given here: it travels as a signal to the runtime, which then reports it.
 */
export interface ProvideInput {
  readonly input_id: string;
  readonly value?: string | null;
  readonly notebook_id: string;
}

/** Interrupt whatever the kernel runs now. Its variables stay. */
export interface InterruptKernel {
  readonly notebook_id: string;
}

/**
 * Start a fresh kernel. All variables are lost; what runs and what is queued is cancelled.
 *
 * With `run_all`, all code cells then run from the top, and it answers as run_cells does.
 */
export interface RestartKernel {
  readonly run_all?: boolean;
  readonly wait_s?: number;
  readonly notebook_id: string;
}

/** Comment on the notebook, on a cell, or in reply to another comment. */
export interface AddComment {
  readonly text: string;
  readonly cell_id?: string | null;
  readonly reply_to?: string | null;
  readonly comment_id?: string | null;
  readonly notebook_id: string;
}

/** Mark a comment as dealt with. */
export interface ResolveComment {
  readonly comment_id: string;
  readonly notebook_id: string;
}

/** Mark a comment as not dealt with after all. */
export interface ReopenComment {
  readonly comment_id: string;
  readonly notebook_id: string;
}

/** Change a source: give `edits` or the whole `source`, as edit_cell takes them. */
export interface ProposeEdit {
  readonly kind: "edit";
  readonly cell_id: string;
  readonly base_rev: number;
  readonly edits: readonly TextEdit[] | null;
  readonly source: string | null;
  readonly changes: readonly unknown[] | null;
}

/**
 * Add a cell after another, at the top (null), or at the end (left out). By a `cell_id` of
 * your own the other changes can name it.
 */
export interface ProposeInsert {
  readonly kind: "insert";
  readonly source: string;
  readonly cell_type: CellType;
  readonly after: string | null;
  readonly cell_id: string | null;
}

/** Delete a cell. */
export interface ProposeDelete {
  readonly kind: "delete";
  readonly cell_id: string;
  readonly base_rev: number;
}

/** Move a cell after another, or to the top (null). */
export interface ProposeMove {
  readonly kind: "move";
  readonly cell_id: string;
  readonly after: string | null;
}

/**
 * Propose changes for a person to review: nothing changes until they take them.
 *
 * `changes`: `kind` edit (as edit_cell takes them, with the `base_rev` that you read), insert
 * (`after` a cell; null is the top), delete, move. `rationale` tells why; `replaces` takes an
 * earlier proposal of yours back.
 */
export interface ProposeChanges {
  readonly changes: readonly (ProposeEdit | ProposeInsert | ProposeDelete | ProposeMove)[];
  readonly rationale?: string | null;
  readonly replaces?: string | null;
  readonly notebook_id: string;
}

/**
 * The whole text that a person wants in a cell instead of the proposed one. `rev` is of the
 * cell that they saw; a cell that is to be added has none.
 */
export interface EditedCell {
  readonly cell_id: string;
  readonly source: string;
  readonly rev: number | null;
}

/**
 * Take or refuse a proposal: the hunks that are named, or all that are open. For people.
 *
 * What is taken is fitted to the sources as they are now. A hunk does not fit where others changed
 * the same place meanwhile; it is left out, and the answer tells why. `edited` gives the text that
 * a cell is to have instead.
 */
export interface ResolveProposal {
  readonly proposal_id: string;
  readonly verdict: "accept" | "reject";
  readonly hunks?: readonly number[] | null;
  readonly edited?: readonly EditedCell[];
  readonly reason?: string;
  readonly notebook_id: string;
}

/** Take a proposal of your own back, as far as nobody has taken or refused it. */
export interface WithdrawProposal {
  readonly proposal_id: string;
  readonly reason?: string;
  readonly notebook_id: string;
}

/**
 * Allow or deny what a program waits to do. For a person, in the page: no credential that a
 * program could hold resolves anything.
 *
 * `resolved_sha256` is of what was shown. With `span` `run` the same tool asks no more in the
 * same run; that can be revoked.
 */
export interface ResolveApproval {
  readonly approval_id: string;
  readonly verdict: "allow" | "deny";
  readonly resolved_sha256: string;
  readonly span?: Span;
  readonly reason?: string;
  readonly notebook_id: string;
}

/**
 * Say what programs may do in the notebook. For an owner, in the page.
 *
 * Presets: `ask` (edits and runs wait for a person), `propose` (edits are proposed, runs wait),
 * `act` (both at once), `unattended` (both at once, and what would have to ask is denied). A rule
 * goes before the preset: for a kind of actor and a tool, `auto`, `ask` or `deny`.
 */
export interface SetPolicy {
  readonly preset: Preset;
  readonly rules?: readonly Rule[];
  readonly notebook_id: string;
}

/** Let a program ask again for what was allowed for the rest of a run. */
export interface RevokePermission {
  readonly permission_id: string;
  readonly notebook_id: string;
}

/**
 * Write to the notebook's assistant, which then works on your behalf and within your rights.
 *
 * `thread_id` goes on with an earlier thread. With `cells` it is shown these alone, not the whole
 * notebook. `limits` of 0, or left out, are the assistant's own; none goes beyond those.
 */
export interface PostMessage {
  readonly text: string;
  readonly thread_id?: string | null;
  readonly cells?: readonly string[] | null;
  readonly message_id?: string | null;
  readonly run_id?: string | null;
  readonly limits?: Limits;
  readonly model?: string | null;
  readonly effort?: string | null;
  readonly notebook_id: string;
}

/** Stop a run of the assistant at once: it does nothing more, and what it runs is cancelled. */
export interface CancelAssistantRun {
  readonly run_id: string;
  readonly notebook_id: string;
}

/**
 * Keep the text of a prompt, so that what a model was told can be read for ever. A version
 * never gets another text.
 */
export interface RegisterPrompt {
  readonly prompt_id: string;
  readonly version: string;
  readonly text: string;
}

/** Add a person to the workspace. For admins. */
export interface AddPerson {
  readonly name: string;
  readonly person_id?: string | null;
  readonly admin?: boolean;
}

/**
 * Let a program act for you, within bounds. You make the secret and send only its sha256.
 *
 * `notebooks` left out means all that you may see. `principal_id` names a program that already has
 * a credential of yours, so that it stays the same actor. Nobody can give more than they have, and
 * `approve` is never carried by a credential.
 */
export interface IssueCredential {
  readonly kind: "assistant" | "human" | "runtime" | "service";
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly secret_sha256: string;
  readonly credential_id?: string | null;
  readonly principal_id?: string | null;
  readonly notebooks?: readonly string[] | null;
  readonly expires_at?: string | null;
}

/**
 * Let a person sign in one browser, once, within three days. You make the code and send only
 * its sha256; whoever opens `/?code=CODE` is asked, and then in as that person.
 *
 * In a browser session alone: for yourself on another device or, as an admin, for somebody who is
 * signed in nowhere.
 */
export interface IssueLink {
  readonly person_id: string;
  readonly secret_sha256: string;
}

/** End a credential at once: streams that it opened end with it. */
export interface RevokeCredential {
  readonly credential_id: string;
}

/** Let a program that acts for you read and do nothing else, until it is resumed. */
export interface PauseAgent {
  readonly principal_id: string;
  readonly reason?: string;
}

/** Let a paused program act again. */
export interface ResumeAgent {
  readonly principal_id: string;
}

/** Make a person owner, editor, runner or viewer of a notebook. */
export interface GrantRole {
  readonly person_id: string;
  readonly role: Role;
  readonly notebook_id: string;
}

/** Take a person's role in a notebook away. Its last owner stays. */
export interface RevokeRole {
  readonly person_id: string;
  readonly notebook_id: string;
}

/** Tell who you are here, for whom you act, and what your credential may be used for. */
export type WhoAmI = Readonly<Record<string, never>>;

/** List the people of this workspace, with their roles in a notebook if you name one. */
export interface ListPeople {
  readonly notebook_id?: string | null;
}

/** List your credentials; an admin sees everybody's. */
export type ListCredentials = Readonly<Record<string, never>>;

/** Read a text that assistants give to models, by its sha256, as records name it. */
export interface ReadPrompt {
  readonly sha256: string;
}

/**
 * A line in a list of notebooks. `role` is the caller's; `running` counts executions queued or
 * under way, and with `asks` one of them waits for input; `to_decide` calls and proposals of
 * programs that wait for a person's word.
 */
export interface NotebookSummary {
  readonly notebook_id: string;
  readonly title: string;
  readonly seq: number;
  readonly cells: number;
  readonly created_at: string;
  readonly changed_at: string;
  readonly role: string;
  readonly archived?: boolean;
  readonly running?: number;
  readonly asks?: boolean;
  readonly to_decide?: number;
}

/** The notebooks that the caller may see, the last changed first. */
export interface NotebookList {
  readonly notebooks: readonly NotebookSummary[];
  readonly more?: string;
  readonly seq: number;
}

/**
 * One output as text. `output` is its number; `more` says how to read what is left out.
 *
 * `size` is given where something is: the bytes of the whole text. `shape` is rows x columns of a
 * table, width x height of an image; `mimes` are the forms that it has beside plain text.
 */
export interface OutputView {
  readonly output: number;
  readonly kind: "chart" | "error" | "html" | "image" | "json" | "markdown" | "other" | "stderr" | "stdout" | "svg" | "table" | "text";
  readonly text: string;
  readonly size?: number;
  readonly shape?: string;
  readonly mimes?: readonly string[];
  readonly more?: string;
}

/**
 * A cell: its id, its place from 1, the rev that an edit or a run must name, its source.
 *
 * In an outline `source` is its first line, and `lines` counts all. Of a long source a part is
 * shown, from character `offset` on; `size` counts all its characters.
 */
export interface CellView {
  readonly cell_id: string;
  readonly place: number;
  readonly cell_type: CellType;
  readonly rev: number;
  readonly source?: string;
  readonly lines?: number;
  readonly offset?: number;
  readonly size?: number;
  readonly state?: RunState | null;
  readonly place_in_queue?: number | null;
  readonly execution_id?: string | null;
  readonly execution_count?: number | null;
  readonly outputs?: readonly OutputView[];
  readonly more?: string;
}

/** A comment that is not resolved, or a part of it, from character `offset` on. */
export interface CommentView {
  readonly comment_id: string;
  readonly author_id: string;
  readonly added_at: string;
  readonly text: string;
  readonly cell_id?: string | null;
  readonly reply_to?: string | null;
  readonly offset?: number;
  readonly more?: string;
}

/**
 * The notebook at `seq`, or a part of it. `total` counts its cells; there is more behind
 * `next_after`, and `more` says how to read it. `waiting` names the approvals and proposals that
 * are open.
 */
export interface NotebookView {
  readonly notebook_id: string;
  readonly title: string;
  readonly total: number;
  readonly cells: readonly CellView[];
  readonly kernel?: string;
  readonly running?: string | null;
  readonly queued?: number;
  readonly waiting?: string;
  readonly comments?: readonly CommentView[];
  readonly next_after?: string | null;
  readonly more?: string;
  readonly seq: number;
}

/** What happened, as a sentence; like events of one command stand in one line, up to `seq`. */
export interface HistoryLine {
  readonly seq: number;
  readonly at: string;
  readonly text: string;
  readonly actor_id: string;
  readonly actor_kind: ActorKind;
  readonly first_seq?: number;
}

/**
 * Lines, or the records, in order. `head` is the seq of the last record there is; there is more
 * `after` the seq `next_after`, if that is given.
 */
export interface History {
  readonly head: number;
  readonly lines?: readonly HistoryLine[];
  readonly records?: readonly unknown[];
  readonly next_after?: number | null;
  readonly more?: string;
  readonly seq: number;
}

/**
 * What became of a cell: `diff` of its source, and in words of the rest. `by` are the ids of
 * the actors who changed it.
 */
export interface CellDiff {
  readonly cell_id: string;
  readonly change: "added" | "changed" | "deleted";
  readonly by?: readonly string[];
  readonly diff?: string;
  readonly fields?: readonly string[];
}

/**
 * What is different between two seqs, cell by cell. `fields` tells of the notebook as a whole;
 * there is more behind `next_after`, and `more` says how to read it.
 */
export interface NotebookDiff {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly cells?: readonly CellDiff[];
  readonly fields?: readonly string[];
  readonly next_after?: string | null;
  readonly more?: string;
  readonly seq: number;
}

/**
 * A part of one output, from byte `offset` on; `total` counts the bytes of its text. There is
 * more at `next_offset`, if that is given.
 *
 * `image` is base64, of a form that `mime` names.
 */
export interface OutputText {
  readonly text: string;
  readonly total: number;
  readonly mime: string;
  readonly offset?: number;
  readonly next_offset?: number | null;
  readonly more?: string;
  readonly image?: string | null;
  readonly seq: number;
}

/**
 * One run of some code: how it stands or ended, who asked for it, what it shows.
 *
 * `rev` is that of the source that ran. `place_in_queue` counts from 1; `asks` is the question
 * that the code waits on.
 */
export interface ExecutionView {
  readonly execution_id: string;
  readonly state: RunState;
  readonly cell_id?: string | null;
  readonly rev?: number | null;
  readonly requested_by?: string;
  readonly execution_count?: number | null;
  readonly duration_ms?: number | null;
  readonly reason?: string | null;
  readonly place_in_queue?: number | null;
  readonly asks?: string | null;
  readonly input_id?: string | null;
  readonly outputs?: readonly OutputView[];
  readonly more?: string;
}

/** The execution with what it showed so far. */
export interface ExecutionTold {
  readonly execution: ExecutionView;
  readonly seq: number;
}

/**
 * The executions that were requested, in order. `waiting_for_runtime`: none is attached.
 *
 * `state` is what to know of all of them at the end of the wait: `error` if one failed, `running`
 * if one still runs, `ok` if all is well. `executions` tells of them one by one, or of those that
 * matter most, with what they show; `more` says how to go on.
 */
export interface Requested {
  readonly execution_ids: readonly string[];
  readonly waiting_for_runtime?: boolean;
  readonly state?: RunState | null;
  readonly executions?: readonly ExecutionView[];
  readonly more?: string;
  readonly seq: number;
}

/**
 * The executions of one request, as the request answers, when it was made, and when one of
 * them last began or ended.
 */
export interface Batch {
  readonly requested_at: string;
  readonly changed_at: string;
  readonly requested: Requested;
  readonly seq: number;
}

/** An attached runtime, and the kernel that it drives. */
export interface RuntimeView {
  readonly runtime_id: string;
  readonly kernel: string;
  readonly attached_at: string;
  readonly language?: string;
  readonly version?: string;
  readonly label?: string;
  readonly kernel_alive?: boolean;
  readonly restart_requested?: boolean;
}

/** The attached runtime, the execution that it runs and those that wait. */
export interface RuntimeState {
  readonly runtime?: RuntimeView | null;
  readonly running?: string | null;
  readonly queue?: readonly string[];
  readonly more?: string;
  readonly seq: number;
}

/** The file's name and text. */
export interface Exported {
  readonly name: string;
  readonly content: string;
  readonly seq: number;
}

/** The notebook that was made, and the ids of its cells in order. */
export interface Created {
  readonly notebook_id: string;
  readonly cell_ids?: readonly string[];
  readonly more?: string;
  readonly seq: number;
}

/** The least that a command answers: the seq of its last record, or of the state without one. */
export interface Done {
  readonly seq: number;
}

/** The ids of the new cells, in order. */
export interface Inserted {
  readonly cell_ids: readonly string[];
  readonly more?: string;
  readonly seq: number;
}

/**
 * The cell's rev now. `merged` tells whose changes came in between, as sentences.
 *
 * `diff` shows what became of the source, as a unified diff, after `edits` or `source`.
 */
export interface Edited {
  readonly cell_id: string;
  readonly rev: number;
  readonly merged?: readonly string[];
  readonly diff?: string;
  readonly seq: number;
}

/**
 * The cells that were changed back. `conflicts` tells, as sentences, what was left because
 * others changed it since; `stays` what no record can undo.
 */
export interface Reverted {
  readonly cell_ids?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly stays?: readonly string[];
  readonly seq: number;
}

/** What came of it: cancelled at once, or a running one was asked to stop. */
export interface Cancelled {
  readonly execution_id: string;
  readonly outcome: string;
  readonly seq: number;
}

/** The comment's id. */
export interface Commented {
  readonly comment_id: string;
  readonly seq: number;
}

/**
 * The proposal, in so many hunks that a person takes one by one in the page, at `decide_at`.
 *
 * `diff` shows what would become of the sources.
 */
export interface Proposed {
  readonly proposal_id: string;
  readonly hunks: number;
  readonly decide_at: string;
  readonly diff?: string;
  readonly seq: number;
}

/** The hunks that were taken, those that do not fit any more and why, and those still open. */
export interface ProposalResolved {
  readonly accepted?: readonly number[];
  readonly conflicts?: readonly HunkConflict[];
  readonly open?: readonly number[];
  readonly seq: number;
}

/** The message, its thread, and the run that answers it. */
export interface Posted {
  readonly message_id: string;
  readonly thread_id: string;
  readonly run_id: string;
  readonly seq: number;
}

/** The person's id. */
export interface PersonIs {
  readonly person_id: string;
  readonly seq: number;
}

/** The credential's id, and the id of who acts with it. */
export interface CredentialIs {
  readonly credential_id: string;
  readonly principal_id: string;
  readonly seq: number;
}

/** The id by which the link is revoked, and when it ends if nobody uses it. */
export interface LinkIs {
  readonly credential_id: string;
  readonly expires_at: string;
  readonly seq: number;
}

/**
 * Who the caller is here, and what its credential is good for at most: roles cut it further.
 * `notebooks` left out means all that the person may see.
 */
export interface Myself {
  readonly kind: ActorKind;
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly on_behalf_of?: readonly string[];
  readonly notebooks?: readonly string[] | null;
  readonly seq: number;
}

/** A person and, of the notebook asked about, the role. */
export interface PersonLine {
  readonly person: Person;
  readonly role: string | null;
}

/** The people of this workspace. */
export interface People {
  readonly people: readonly PersonLine[];
  readonly seq: number;
}

/** When a credential let somebody in last, and what they called themselves. */
export interface CredentialUse {
  readonly credential_id: string;
  readonly at: string;
  readonly client?: Client | null;
}

/**
 * Credentials; their secrets are nowhere. `used` tells of those that were ever used, to the
 * minute; `paused` holds the ids of programs that may only read, with the reasons.
 */
export interface Credentials {
  readonly credentials: readonly Credential[];
  readonly used?: readonly CredentialUse[];
  readonly paused?: Readonly<Record<string, string>>;
  readonly seq: number;
}

/** A prompt's name, version and text. */
export interface PromptText {
  readonly prompt_id: string;
  readonly version: string;
  readonly text: string;
  readonly seq: number;
}

export const CELL_DEFAULTS = {
  attachments: {},
  outputs: [],
  execution_count: null,
  execution_id: null,
  deleted: false,
  extra: null,
} satisfies Partial<Cell>;
export type PackedCell = Packed<Cell, typeof CELL_DEFAULTS>;

export const EXECUTION_DEFAULTS = {
  cell_id: null,
  rev: null,
  batch_id: null,
  allow_error: false,
  status: "requested",
  runtime_id: null,
  generation: 0,
  execution_count: null,
  outputs: [],
  next_index: 0,
  clear_pending: false,
  cancel_requested: false,
  input: null,
  started_at: null,
  completed_at: null,
  reason: null,
  duration_ms: null,
} satisfies Partial<Execution>;
export type PackedExecution = Packed<Execution, typeof EXECUTION_DEFAULTS>;

export const RUNTIME_DEFAULTS = {
  capabilities: [],
  label: "",
  kernel_alive: false,
  restart_requested: false,
} satisfies Partial<Runtime>;
export type PackedRuntime = Packed<Runtime, typeof RUNTIME_DEFAULTS>;

export const COMMENT_DEFAULTS = {
  cell_id: null,
  reply_to: null,
  resolved: false,
} satisfies Partial<Comment>;
export type PackedComment = Packed<Comment, typeof COMMENT_DEFAULTS>;

export const POLICY_DEFAULTS = {
  preset: "act",
  rules: [],
} satisfies Partial<Policy>;
export type PackedPolicy = Packed<Policy, typeof POLICY_DEFAULTS>;

export const APPROVAL_DEFAULTS = {
  correlation_id: null,
  status: "pending",
  span: null,
  decided_by: null,
  decided_at: null,
  note: "",
} satisfies Partial<Approval>;
export type PackedApproval = Packed<Approval, typeof APPROVAL_DEFAULTS>;

export const PROPOSAL_DEFAULTS = {
  accepted: [],
  rejected: [],
  conflicted: [],
  withdrawn: false,
} satisfies Partial<Proposal>;
export type PackedProposal = Packed<Proposal, typeof PROPOSAL_DEFAULTS>;

export const ASSISTANTRUN_DEFAULTS = {
  cells: null,
  limits: {},
  model: null,
  effort: null,
  status: "requested",
  generation: 0,
  principal_id: null,
  credential_id: null,
  agent: null,
  turn: 0,
  asking: false,
  calls: [],
  tool_calls: 0,
  executions: [],
  usage: {},
  finished_at: null,
  reason: null,
} satisfies Partial<AssistantRun>;
export type PackedAssistantRun = Packed<AssistantRun, typeof ASSISTANTRUN_DEFAULTS>;

/** What each tool for people takes and gives. */
export interface Tools {
  readonly list_notebooks: { readonly takes: ListNotebooks; readonly gives: NotebookList };
  readonly read_notebook: { readonly takes: ReadNotebook; readonly gives: NotebookView };
  readonly read_history: { readonly takes: ReadHistory; readonly gives: History };
  readonly diff_notebook: { readonly takes: DiffNotebook; readonly gives: NotebookDiff };
  readonly read_output: { readonly takes: ReadOutput; readonly gives: OutputText };
  readonly read_execution: { readonly takes: ReadExecution; readonly gives: ExecutionTold };
  readonly read_batch: { readonly takes: ReadBatch; readonly gives: Batch };
  readonly read_runtime: { readonly takes: ReadRuntime; readonly gives: RuntimeState };
  readonly export_notebook: { readonly takes: ExportNotebook; readonly gives: Exported };
  readonly create_notebook: { readonly takes: CreateNotebook; readonly gives: Created };
  readonly import_notebook: { readonly takes: ImportNotebook; readonly gives: Created };
  readonly rename_notebook: { readonly takes: RenameNotebook; readonly gives: Done };
  readonly set_metadata: { readonly takes: SetMetadata; readonly gives: Done };
  readonly archive_notebook: { readonly takes: ArchiveNotebook; readonly gives: Done };
  readonly delete_notebook: { readonly takes: DeleteNotebook; readonly gives: Done };
  readonly redact: { readonly takes: Redact; readonly gives: Done };
  readonly insert_cells: { readonly takes: InsertCells; readonly gives: Inserted };
  readonly edit_cell: { readonly takes: EditCell; readonly gives: Edited };
  readonly move_cells: { readonly takes: MoveCells; readonly gives: Done };
  readonly delete_cells: { readonly takes: DeleteCells; readonly gives: Done };
  readonly change_cell_type: { readonly takes: ChangeCellType; readonly gives: Done };
  readonly attach_files: { readonly takes: AttachFiles; readonly gives: Done };
  readonly clear_outputs: { readonly takes: ClearOutputs; readonly gives: Done };
  readonly restore_notebook: { readonly takes: RestoreNotebook; readonly gives: Done };
  readonly revert_changes: { readonly takes: RevertChanges; readonly gives: Reverted };
  readonly run_cells: { readonly takes: RunCells; readonly gives: Requested };
  readonly run_code: { readonly takes: RunCode; readonly gives: Requested };
  readonly cancel_execution: { readonly takes: CancelExecution; readonly gives: Cancelled };
  readonly provide_input: { readonly takes: ProvideInput; readonly gives: Done };
  readonly interrupt_kernel: { readonly takes: InterruptKernel; readonly gives: Done };
  readonly restart_kernel: { readonly takes: RestartKernel; readonly gives: Requested };
  readonly add_comment: { readonly takes: AddComment; readonly gives: Commented };
  readonly resolve_comment: { readonly takes: ResolveComment; readonly gives: Done };
  readonly reopen_comment: { readonly takes: ReopenComment; readonly gives: Done };
  readonly propose_changes: { readonly takes: ProposeChanges; readonly gives: Proposed };
  readonly resolve_proposal: { readonly takes: ResolveProposal; readonly gives: ProposalResolved };
  readonly withdraw_proposal: { readonly takes: WithdrawProposal; readonly gives: Done };
  readonly resolve_approval: { readonly takes: ResolveApproval; readonly gives: Done };
  readonly set_policy: { readonly takes: SetPolicy; readonly gives: Done };
  readonly revoke_permission: { readonly takes: RevokePermission; readonly gives: Done };
  readonly post_message: { readonly takes: PostMessage; readonly gives: Posted };
  readonly cancel_assistant_run: { readonly takes: CancelAssistantRun; readonly gives: Done };
  readonly register_prompt: { readonly takes: RegisterPrompt; readonly gives: Done };
  readonly add_person: { readonly takes: AddPerson; readonly gives: PersonIs };
  readonly issue_credential: { readonly takes: IssueCredential; readonly gives: CredentialIs };
  readonly issue_link: { readonly takes: IssueLink; readonly gives: LinkIs };
  readonly revoke_credential: { readonly takes: RevokeCredential; readonly gives: Done };
  readonly pause_agent: { readonly takes: PauseAgent; readonly gives: Done };
  readonly resume_agent: { readonly takes: ResumeAgent; readonly gives: Done };
  readonly grant_role: { readonly takes: GrantRole; readonly gives: Done };
  readonly revoke_role: { readonly takes: RevokeRole; readonly gives: Done };
  readonly who_am_i: { readonly takes: WhoAmI; readonly gives: Myself };
  readonly list_people: { readonly takes: ListPeople; readonly gives: People };
  readonly list_credentials: { readonly takes: ListCredentials; readonly gives: Credentials };
  readonly read_prompt: { readonly takes: ReadPrompt; readonly gives: PromptText };
}

/** The data of each type of event. */
export interface EventData {
  readonly notebookCreated: NotebookCreated;
  readonly notebookRenamed: NotebookRenamed;
  readonly notebookMetadataChanged: NotebookMetadataChanged;
  readonly notebookForked: NotebookForked;
  readonly notebookArchived: NotebookArchived;
  readonly notebookUnarchived: NotebookUnarchived;
  readonly cellCreated: CellCreated;
  readonly cellSourceEdited: CellSourceEdited;
  readonly cellMoved: CellMoved;
  readonly cellTypeChanged: CellTypeChanged;
  readonly cellMetadataChanged: CellMetadataChanged;
  readonly cellAttachmentsChanged: CellAttachmentsChanged;
  readonly cellDeleted: CellDeleted;
  readonly cellRestored: CellRestored;
  readonly cellOutputsCleared: CellOutputsCleared;
  readonly executionRequested: ExecutionRequested;
  readonly executionClaimed: ExecutionClaimed;
  readonly executionStarted: ExecutionStarted;
  readonly outputAppended: OutputAppended;
  readonly outputUpdated: OutputUpdated;
  readonly outputsCleared: OutputsCleared;
  readonly inputRequested: InputRequested;
  readonly inputProvided: InputProvided;
  readonly executionClaimLapsed: ExecutionClaimLapsed;
  readonly executionCancelRequested: ExecutionCancelRequested;
  readonly executionCompleted: ExecutionCompleted;
  readonly runtimeAttached: RuntimeAttached;
  readonly runtimeDetached: RuntimeDetached;
  readonly kernelStarted: KernelStarted;
  readonly kernelDied: KernelDied;
  readonly kernelInterruptRequested: KernelInterruptRequested;
  readonly kernelRestartRequested: KernelRestartRequested;
  readonly messagePosted: MessagePosted;
  readonly assistantRunRequested: AssistantRunRequested;
  readonly assistantRunClaimed: AssistantRunClaimed;
  readonly assistantRunClaimLapsed: AssistantRunClaimLapsed;
  readonly contextAssembled: ContextAssembled;
  readonly modelCallStarted: ModelCallStarted;
  readonly modelCallRetried: ModelCallRetried;
  readonly modelCallCompleted: ModelCallCompleted;
  readonly modelCallFailed: ModelCallFailed;
  readonly toolCallProposed: ToolCallProposed;
  readonly toolCallCompleted: ToolCallCompleted;
  readonly assistantRunCancelRequested: AssistantRunCancelRequested;
  readonly assistantRunFinished: AssistantRunFinished;
  readonly commentAdded: CommentAdded;
  readonly commentResolved: CommentResolved;
  readonly commentReopened: CommentReopened;
  readonly approvalRequested: ApprovalRequested;
  readonly approvalGranted: ApprovalGranted;
  readonly approvalDenied: ApprovalDenied;
  readonly approvalExpired: ApprovalExpired;
  readonly approvalVoided: ApprovalVoided;
  readonly approvalUsed: ApprovalUsed;
  readonly permissionGranted: PermissionGranted;
  readonly permissionRevoked: PermissionRevoked;
  readonly policyChanged: PolicyChanged;
  readonly changesProposed: ChangesProposed;
  readonly proposalAccepted: ProposalAccepted;
  readonly proposalRejected: ProposalRejected;
  readonly proposalConflicted: ProposalConflicted;
  readonly proposalWithdrawn: ProposalWithdrawn;
  readonly personAdded: PersonAdded;
  readonly credentialIssued: CredentialIssued;
  readonly credentialRevoked: CredentialRevoked;
  readonly roleGranted: RoleGranted;
  readonly roleRevoked: RoleRevoked;
  readonly agentPaused: AgentPaused;
  readonly agentResumed: AgentResumed;
  readonly notebookListed: NotebookListed;
  readonly notebookDeleted: NotebookDeleted;
  readonly promptRegistered: PromptRegistered;
  readonly actionDenied: ActionDenied;
  readonly payloadRedacted: PayloadRedacted;
}

/** The schema version of each type that is understood here; a later one is unknown. */
export const EVENT_VERSIONS: Readonly<Record<keyof EventData, number>> = {
  notebookCreated: 1,
  notebookRenamed: 1,
  notebookMetadataChanged: 1,
  notebookForked: 1,
  notebookArchived: 1,
  notebookUnarchived: 1,
  cellCreated: 1,
  cellSourceEdited: 1,
  cellMoved: 1,
  cellTypeChanged: 1,
  cellMetadataChanged: 1,
  cellAttachmentsChanged: 1,
  cellDeleted: 1,
  cellRestored: 1,
  cellOutputsCleared: 1,
  executionRequested: 1,
  executionClaimed: 1,
  executionStarted: 1,
  outputAppended: 1,
  outputUpdated: 1,
  outputsCleared: 1,
  inputRequested: 1,
  inputProvided: 1,
  executionClaimLapsed: 1,
  executionCancelRequested: 1,
  executionCompleted: 1,
  runtimeAttached: 1,
  runtimeDetached: 1,
  kernelStarted: 1,
  kernelDied: 1,
  kernelInterruptRequested: 1,
  kernelRestartRequested: 1,
  messagePosted: 1,
  assistantRunRequested: 1,
  assistantRunClaimed: 1,
  assistantRunClaimLapsed: 1,
  contextAssembled: 1,
  modelCallStarted: 1,
  modelCallRetried: 1,
  modelCallCompleted: 1,
  modelCallFailed: 1,
  toolCallProposed: 1,
  toolCallCompleted: 1,
  assistantRunCancelRequested: 1,
  assistantRunFinished: 1,
  commentAdded: 1,
  commentResolved: 1,
  commentReopened: 1,
  approvalRequested: 1,
  approvalGranted: 1,
  approvalDenied: 1,
  approvalExpired: 1,
  approvalVoided: 1,
  approvalUsed: 1,
  permissionGranted: 1,
  permissionRevoked: 1,
  policyChanged: 1,
  changesProposed: 1,
  proposalAccepted: 1,
  proposalRejected: 1,
  proposalConflicted: 1,
  proposalWithdrawn: 1,
  personAdded: 1,
  credentialIssued: 1,
  credentialRevoked: 1,
  roleGranted: 1,
  roleRevoked: 1,
  agentPaused: 1,
  agentResumed: 1,
  notebookListed: 1,
  notebookDeleted: 1,
  promptRegistered: 1,
  actionDenied: 1,
  payloadRedacted: 1,
};

export type NotebookEventType =
  | "notebookCreated"
  | "notebookRenamed"
  | "notebookMetadataChanged"
  | "notebookForked"
  | "notebookArchived"
  | "notebookUnarchived";

export type CellEventType =
  | "cellCreated"
  | "cellSourceEdited"
  | "cellMoved"
  | "cellTypeChanged"
  | "cellMetadataChanged"
  | "cellAttachmentsChanged"
  | "cellDeleted"
  | "cellRestored"
  | "cellOutputsCleared";

export type ExecutionEventType =
  | "executionRequested"
  | "executionClaimed"
  | "executionStarted"
  | "outputAppended"
  | "outputUpdated"
  | "outputsCleared"
  | "inputRequested"
  | "inputProvided"
  | "executionClaimLapsed"
  | "executionCancelRequested"
  | "executionCompleted";

export type RuntimeEventType =
  | "runtimeAttached"
  | "runtimeDetached"
  | "kernelStarted"
  | "kernelDied"
  | "kernelInterruptRequested"
  | "kernelRestartRequested";

export type CommentEventType = "commentAdded" | "commentResolved" | "commentReopened";

export type ApprovalEventType =
  | "approvalRequested"
  | "approvalGranted"
  | "approvalDenied"
  | "approvalExpired"
  | "approvalVoided"
  | "approvalUsed"
  | "permissionGranted"
  | "permissionRevoked"
  | "policyChanged";

export type ProposalEventType =
  | "changesProposed"
  | "proposalAccepted"
  | "proposalRejected"
  | "proposalConflicted"
  | "proposalWithdrawn";

export type AssistantEventType =
  | "messagePosted"
  | "assistantRunRequested"
  | "assistantRunClaimed"
  | "assistantRunClaimLapsed"
  | "contextAssembled"
  | "modelCallStarted"
  | "modelCallRetried"
  | "modelCallCompleted"
  | "modelCallFailed"
  | "toolCallProposed"
  | "toolCallCompleted"
  | "assistantRunCancelRequested"
  | "assistantRunFinished";

export type WorkspaceEventType =
  | "personAdded"
  | "credentialIssued"
  | "credentialRevoked"
  | "roleGranted"
  | "roleRevoked"
  | "agentPaused"
  | "agentResumed"
  | "notebookListed"
  | "notebookDeleted"
  | "promptRegistered"
  | "actionDenied";

export type IntegrityEventType = "payloadRedacted";

/** The value of an empty object: the usual metadata. */
export const EMPTY: Value = {
  sha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  json: {},
};
