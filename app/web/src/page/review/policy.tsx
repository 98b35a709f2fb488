// What programs may do in a notebook without asking. An owner chooses; others are told.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Preset } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { useMyself } from "../loop.ts";
import { Exceptions } from "./exceptions.tsx";

const PRESETS: Readonly<Record<Preset, string>> = {
  ask: "Ask: every step waits for you",
  propose: "Propose: edits as proposals, runs wait",
  act: "Act: edits and runs at once",
  unattended: "Unattended: at once, and never asks",
};

export function PolicyChoice({ session }: { readonly session: Session }) {
  const { policy, permissions } = useSyncExternalStore(
    session.watch,
    () => session.shown.confirmed,
  );
  const [open, setOpen] = useState(false);
  const owner = useOwner(session.notebookId);
  const choose = (preset: Preset): void =>
    void session.do({ tool: "set_policy", takes: { preset, rules: policy.rules } });
  const count = policy.rules.length + permissions.length;
  return (
    <div className="policy">
      <span aria-hidden="true">Programs here</span>
      <select
        aria-label="What programs may do"
        value={policy.preset}
        disabled={!owner}
        title={owner ? undefined : "Only an owner of the notebook changes this."}
        onChange={({ target }) => choose(target.value as Preset)}
      >
        {Object.entries(PRESETS).map(([preset, title]) => (
          <option key={preset} value={preset}>
            {title}
          </option>
        ))}
      </select>
      {owner || count > 0 ? (
        <button
          type="button"
          className="text-button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {count === 0 ? "Exceptions" : count === 1 ? "1 exception" : `${count} exceptions`}
        </button>
      ) : null}
      {open ? (
        <Exceptions session={session} policy={policy} permissions={permissions} owner={owner} />
      ) : null}
    </div>
  );
}

function useOwner(notebookId: string): boolean {
  const myself = useMyself();
  const [owner, setOwner] = useState(false);
  useEffect(() => {
    let gone = false;
    call("list_people", { notebook_id: notebookId }).then(
      ({ people }) => {
        const mine = people.find(({ person }) => person.person_id === myself?.id);
        if (!gone) setOwner(mine?.role === "owner");
      },
      () => {}, // then it is only told
    );
    return () => {
      gone = true;
    };
  }, [notebookId, myself]);
  return owner;
}
