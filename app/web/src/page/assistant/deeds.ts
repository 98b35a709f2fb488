// Uses of tools in a few words: a verb, and the cell that it is about. Pure.

import type { Usage } from "../../generated.ts";
import { json, type ToolCall } from "./talk.ts";

const VERBS: Readonly<Record<string, string>> = {
  insert_cells: "Add",
  edit_cell: "Edit",
  move_cells: "Move",
  delete_cells: "Delete",
  change_cell_type: "Change the type of",
  set_metadata: "Set metadata of",
  attach_files: "Attach files to",
  rename_notebook: "Rename",
  clear_outputs: "Clear the outputs of",
  restore_notebook: "Restore",
  revert_changes: "Take back changes in",
  archive_notebook: "Archive",
  resolve_proposal: "Decide a proposal in",
  run_cells: "Run",
  run_code: "Run code in",
  restart_kernel: "Restart the kernel of",
  interrupt_kernel: "Interrupt the kernel of",
  cancel_execution: "Cancel a run in",
  provide_input: "Answer the code in",
  propose_changes: "Propose changes to",
  read_notebook: "Read",
  read_cell: "Read",
  read_output: "Read an output of",
  read_history: "Read the history of",
  search_notebook: "Search",
  comment: "Comment on",
};

/** "Edit", for a tool. */
export function verbOf(tool: string): string {
  return VERBS[tool] ?? tool.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
}

/** What it is about, as far as the arguments tell; `cell_id` if that is one cell. */
export function targetOf(
  { tool, arguments: given }: Pick<ToolCall, "tool" | "arguments">,
  nameOf: (cellId: string) => string | null,
): { readonly text: string; readonly cell_id: string | null } {
  const takes = json(given);
  const { cells, cell_id, cell_ids } = (takes ?? {}) as Readonly<Record<string, unknown>>;
  if (tool === "insert_cells") return { text: counted(listed(cells).length), cell_id: null };
  const ids = [cell_id, ...listed(cell_ids), ...listed(cells)].flatMap((one) => {
    const id = typeof one === "object" && one ? (one as { cell_id?: unknown }).cell_id : one;
    return typeof id === "string" ? [id] : [];
  });
  const [first] = ids;
  if (first === undefined) return { text: "the notebook", cell_id: null };
  if (ids.length > 1) return { text: counted(ids.length), cell_id: null };
  const name = nameOf(first);
  return { text: name ?? "a cell", cell_id: name ? first : null };
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function counted(cells: number): string {
  return cells === 1 ? "a cell" : `${cells} cells`;
}

const SCRIPTED = "scripted-demo-not-an-ai";

/** Tokens and cost in a line: "1,204 tokens in, 310 out · $0.012". */
export function spentOf(usage: Required<Usage>, model: string | null): string {
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost } = usage;
  const read = (input_tokens + cache_read_tokens + cache_write_tokens).toLocaleString("en");
  const dollars = cost / 1_000_000;
  const unknown = model === SCRIPTED ? "no cost" : "cost not known for this model";
  const price = cost > 0 ? `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}` : unknown;
  return `${read} tokens in, ${output_tokens.toLocaleString("en")} out · ${price}`;
}
