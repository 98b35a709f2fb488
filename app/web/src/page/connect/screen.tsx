// Let an assistant or a program in: the exact line for it, with a credential that is made here, and
// then whether it came.

import { useEffect, useState } from "react";
import type { NotebookSummary, Scope } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call, ownCommand } from "../../wire/calls.ts";
import { Bar } from "../bar.tsx";
import { shownClient } from "../history/sentence.tsx";
import { messageOf } from "../home/listing.ts";
import { dayAndTime } from "../moments.ts";
import { Link } from "../router.tsx";
import "./connect.css";
import { Copied } from "./copied.tsx";
import { useCredentials } from "./credentials.ts";
import { CLIENTS, formsFor, type ClientName } from "./forms.ts";
import { newSecret } from "./secret.ts";

const READS: readonly Scope[] = ["notebook:read"];
const ACTS: readonly Scope[] = [...READS, "notebook:write", "notebook:run"];

interface Made {
  readonly client: ClientName;
  readonly label: string;
  readonly secret: string;
  readonly credential_id: string;
}

export default function ConnectScreen() {
  const [made, setMade] = useState<Made | null>(null);
  const command = useOwnCommand();
  useEffect(() => {
    document.title = "Connect · In The Loop";
  }, []);
  return (
    <>
      <Bar />
      <main id="main" className="screen connect">
        <div className="screen-head">
          <h1>Connect an assistant</h1>
        </div>
        <p className="screen-lead">
          An assistant reads, edits and runs notebooks as you do, under a name of its own. Each
          thing that it does stands in the history with who it acted for.
        </p>
        {made ? (
          <Given made={made} command={command} again={() => setMade(null)} />
        ) : (
          <Asking done={setMade} />
        )}
      </main>
    </>
  );
}

function Asking({ done }: { readonly done: (made: Made) => void }) {
  const [client, setClient] = useState<ClientName>("claude-code");
  const [label, setLabel] = useState<string | null>(null);
  const [acts, setActs] = useState(true);
  const [notebookId, setNotebookId] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const notebooks = useNotebooks();
  const named =
    label ?? (client === "other" ? "Assistant" : client === "program" ? "Script" : CLIENTS[client]);
  const make = async (): Promise<void> => {
    setBusy(true);
    const { secret, sha256 } = newSecret();
    try {
      const { credential_id } = await call(
        "issue_credential",
        {
          kind: client === "program" ? "service" : "assistant",
          label: named.trim(),
          scopes: acts ? ACTS : READS,
          secret_sha256: sha256,
          ...(notebookId ? { notebooks: [notebookId] } : {}),
        },
        newId(),
      );
      done({ client, label: named.trim(), secret, credential_id });
    } catch (refused) {
      setError(messageOf(refused));
      setBusy(false);
    }
  };
  return (
    <form
      className="connect-form"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <fieldset className="connect-clients">
        <legend>Which one</legend>
        {Object.entries(CLIENTS).map(([name, title]) => (
          <label key={name} data-chosen={name === client || undefined}>
            <input
              type="radio"
              name="client"
              value={name}
              checked={name === client}
              onChange={() => setClient(name as ClientName)}
            />
            {title}
          </label>
        ))}
      </fieldset>
      <div className="connect-fields">
        <label className="field-label">
          What people call it
          <input
            className="field"
            value={named}
            maxLength={100}
            required
            onChange={({ target }) => setLabel(target.value)}
          />
        </label>
        <label className="field-label">
          What it may do
          <select
            className="field"
            value={acts ? "acts" : "reads"}
            onChange={({ target }) => setActs(target.value === "acts")}
          >
            <option value="acts">Read, edit and run</option>
            <option value="reads">Read only</option>
          </select>
        </label>
        <label className="field-label">
          In which notebooks
          <select
            className="field"
            value={notebookId}
            onChange={({ target }) => setNotebookId(target.value)}
          >
            <option value="">All that I may see</option>
            {notebooks.map(({ notebook_id, title }) => (
              <option key={notebook_id} value={notebook_id}>
                Only “{title}”
              </option>
            ))}
          </select>
        </label>
      </div>
      {error ? (
        <p role="alert" className="connect-error">
          {error}
        </p>
      ) : null}
      <button type="submit" className="button button-accent" disabled={busy || !named.trim()}>
        Make the credential
      </button>
    </form>
  );
}

function Given({
  made: { client, label, secret, credential_id },
  command,
  again,
}: {
  readonly made: Made;
  readonly command: readonly string[] | null;
  readonly again: () => void;
}) {
  return (
    <div className="connect-given">
      {formsFor(client, location.origin, secret, command).map(({ text, where }, number) => (
        <section key={number} className="connect-step">
          <p>{where}</p>
          <Copied text={text} label={`What to give to ${label}`} />
        </section>
      ))}
      <p className="connect-note">
        The secret in it is shown this once and kept nowhere: not here, not on the server.
      </p>
      <Arrival credentialId={credential_id} label={label} />
      <p>
        <button type="button" className="button" onClick={again}>
          Connect another
        </button>
        <Link to={{ screen: "people" }} className="text-button">
          See all credentials
        </Link>
      </p>
    </div>
  );
}

function Arrival({
  credentialId,
  label,
}: {
  readonly credentialId: string;
  readonly label: string;
}) {
  const { found } = useCredentials();
  const use = found?.used?.find((one) => one.credential_id === credentialId);
  return (
    <p role="status" className="connect-arrival" data-arrived={use ? true : undefined}>
      <span className="connect-sign" aria-hidden="true" />
      {use
        ? `${label} is here${use.client ? `, as ${shownClient(use.client)}` : ""}: ${dayAndTime(use.at)}.`
        : `Waiting for ${label} to come…`}
    </p>
  );
}

/** How `intheloop` is started on this machine, as far as the server knows. */
function useOwnCommand(): readonly string[] | null {
  const [command, setCommand] = useState<readonly string[] | null>(null);
  useEffect(() => {
    let gone = false;
    ownCommand()
      .then((found) => gone || setCommand(found))
      .catch(() => {}); // then the reader is told how to find it
    return () => {
      gone = true;
    };
  }, []);
  return command;
}

function useNotebooks(): readonly NotebookSummary[] {
  const [notebooks, setNotebooks] = useState<readonly NotebookSummary[]>([]);
  useEffect(() => {
    let gone = false;
    call("list_notebooks", {})
      .then((found) => gone || setNotebooks(found.notebooks))
      .catch(() => {}); // all of them can still be chosen
    return () => {
      gone = true;
    };
  }, []);
  return notebooks;
}
