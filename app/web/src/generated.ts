// Written by `python -m tests.make_types` from the Python classes: change those, not this file.
// The shapes of events, of the records that carry them, and of state.

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

export type CredentialKind = "assistant" | "human" | "runtime" | "service" | "session";

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

/** The assistant's lease ran out: it may be taken up again. */
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

/** A person of this workspace. An admin adds people; the first person is one. */
export interface PersonAdded {
  readonly person_id: string;
  readonly name: string;
  readonly admin?: boolean;
}

/**
 * A secret, known here by its sha256 alone, may act within these bounds for this person.
 *
 * `principal_id` is the actor id: the person's for `session` and `human`, else the program's. No
 * `notebooks` means all that the person may see. `expires_at` is UTC. One that is for an assistant
 * run alone names it, and the `agent` that works on it.
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
