// What goes before a notebook's preset: rules for a tool, and what was allowed for the rest of a run.
// Each stands in a line and can be taken back by itself; an owner makes rules here, too.

import { Plus, X } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import type { Permission, Policy, Rule, Verdict } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { names } from "../loop.ts";
import { dayAndTime } from "../moments.ts";

const SAID: Readonly<Record<Verdict, string>> = { auto: "at once", ask: "asks", deny: "never" };
const WHO: Readonly<Record<Rule["kind"], string>> = {
  assistant: "Assistants",
  service: "Services",
  human: "People's programs",
};

/** What the gate governs, by what is most often said of it. */
const TOOLS = [
  ...["run_cells", "run_code", "restart_kernel", "provide_input", "cancel_execution"],
  ...["insert_cells", "edit_cell", "move_cells", "change_cell_type", "set_metadata"],
  ...["rename_notebook", "delete_cells", "clear_outputs", "restore_notebook", "revert_changes"],
];

export function Exceptions({
  session,
  policy,
  permissions,
  owner,
}: {
  readonly session: Session;
  readonly policy: Policy;
  readonly permissions: readonly Permission[];
  readonly owner: boolean;
}) {
  useSyncExternalStore(names.watch, () => names.version);
  const set = (rules: readonly Rule[]): void =>
    void session.do({ tool: "set_policy", takes: { preset: policy.preset, rules } });
  return (
    <ul className="exceptions" aria-label="Rules and permissions">
      {permissions.map(({ permission_id, principal_id, tool, expires_at }) => (
        <Line
          key={permission_id}
          text={`${names.of(principal_id).name} uses ${tool} at once, until its run ends`}
          title={`At the latest until ${dayAndTime(expires_at)}`}
          label={`Revoke ${tool} for this run`}
          remove={
            owner
              ? () => void session.do({ tool: "revoke_permission", takes: { permission_id } })
              : null
          }
        />
      ))}
      {policy.rules.map((rule) => (
        <Line
          key={`${rule.kind} ${rule.tool}`}
          text={`${WHO[rule.kind]}: ${rule.tool} ${SAID[rule.verdict]}`}
          label={`Remove the rule for ${rule.tool}`}
          remove={owner ? () => set(policy.rules.filter((one) => one !== rule)) : null}
        />
      ))}
      {owner ? (
        <li>
          <NewRule add={(rule) => set([...policy.rules.filter((one) => !same(one, rule)), rule])} />
        </li>
      ) : null}
    </ul>
  );
}

function same(one: Rule, other: Rule): boolean {
  return one.kind === other.kind && one.tool === other.tool;
}

function Line({
  text,
  title,
  label,
  remove,
}: {
  readonly text: string;
  readonly title?: string;
  readonly label: string;
  readonly remove: (() => void) | null;
}) {
  return (
    <li title={title}>
      <span className="grow">{text}</span>
      {remove ? (
        <button type="button" className="icon-button" aria-label={label} onClick={remove}>
          <X size={13} aria-hidden="true" />
        </button>
      ) : null}
    </li>
  );
}

function NewRule({ add }: { readonly add: (rule: Rule) => void }) {
  const [tool, setTool] = useState(TOOLS[0] ?? "");
  const [verdict, setVerdict] = useState<Verdict>("auto");
  return (
    <form
      className="exceptions-new"
      onSubmit={(event) => {
        event.preventDefault();
        add({ kind: "assistant", tool, verdict });
      }}
    >
      <span>Assistants:</span>
      <select aria-label="Tool" value={tool} onChange={({ target }) => setTool(target.value)}>
        {TOOLS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <select
        aria-label="What the rule says"
        value={verdict}
        onChange={({ target }) => setVerdict(target.value as Verdict)}
      >
        {Object.entries(SAID).map(([one, said]) => (
          <option key={one} value={one}>
            {said}
          </option>
        ))}
      </select>
      <button type="submit" className="icon-button" aria-label="Add the rule">
        <Plus size={14} aria-hidden="true" />
      </button>
    </form>
  );
}
