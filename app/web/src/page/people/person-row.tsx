// One person, whether they are signed in, and the link by which they or one more browser of theirs
// come in. Its code is made here and shown once; the server knows its sha256.

import { useState } from "react";
import type { Credential, Person } from "../../generated.ts";
import { newId } from "../../replica/session.ts";
import { call } from "../../wire/calls.ts";
import { Copied } from "../connect/copied.tsx";
import type { Known } from "../connect/credentials.ts";
import { newSecret } from "../connect/secret.ts";
import { ActorFace } from "../face.tsx";
import { messageOf } from "../home/listing.ts";
import { useMyself } from "../loop.ts";
import { dayAndTime } from "../moments.ts";
import { useNow } from "../now.ts";
import { isLiving } from "./living.ts";

interface Made {
  readonly address: string;
  readonly credential_id: string;
}

export function PersonRow({
  person: { person_id, name, admin: manages = false },
  admin,
  known: { found, ask },
}: {
  readonly person: Person;
  readonly admin: boolean;
  readonly known: Known;
}) {
  const [made, setMade] = useState<Made | null>(null);
  const [error, setError] = useState<string | null>(null);
  const now = useNow();
  const mine = useMyself()?.id === person_id;
  const living = (kind: Credential["kind"]): readonly Credential[] =>
    (found?.credentials ?? []).filter(
      (one) => one.person_id === person_id && one.kind === kind && isLiving(one, now),
    );
  const signedIn = living("session").length > 0;
  const links = living("link");
  const act = (deed: Promise<unknown>): void => {
    setError(null);
    deed.catch((refused: unknown) => setError(messageOf(refused))).finally(() => void ask());
  };
  const make = async (): Promise<void> => {
    const { secret, sha256 } = newSecret("itk_");
    const asked = { person_id, secret_sha256: sha256 };
    const { credential_id } = await call("issue_link", asked, newId());
    setMade({ address: `${location.origin}/?code=${secret}`, credential_id });
  };
  const withdraw = async (): Promise<void> => {
    for (const { credential_id } of links)
      await call("revoke_credential", { credential_id }, newId());
    setMade(null);
  };
  const waiting = links.find(({ credential_id }) => credential_id === made?.credential_id);
  return (
    <li className="people-person">
      <div className="people-row">
        <ActorFace id={person_id} kind="human" name={name} />
        <span className="people-words">
          <span className="people-name">
            {name}
            {mine ? " (you)" : ""}
            {manages ? <span className="people-facts">admin</span> : null}
          </span>
          {admin && found && !signedIn ? (
            <span className="people-facts">
              {links[0]?.expires_at
                ? `Has a link to sign in with, until ${dayAndTime(links[0].expires_at)}`
                : "Not signed in anywhere"}
            </span>
          ) : null}
        </span>
        {links.length > 0 && (admin || mine) ? (
          <button
            type="button"
            className="button"
            aria-label={`Withdraw the link of ${name}`}
            onClick={() => act(withdraw())}
          >
            Withdraw
          </button>
        ) : null}
        {found && links.length === 0 && (mine || (admin && !signedIn)) ? (
          <button
            type="button"
            className="button"
            aria-label={mine ? "Sign in on another device" : `Make a link for ${name}`}
            onClick={() => act(make())}
          >
            {mine ? "Another device" : "Make a link"}
          </button>
        ) : null}
      </div>
      {error ? (
        <p role="alert" className="people-error">
          {error}
        </p>
      ) : null}
      {made && waiting ? (
        <div className="people-link">
          <Copied text={made.address} label={`Link for ${name}`} />
          <p className="people-note">
            {mine
              ? "Open it on your other device. Whoever opens it acts in your name: "
              : `Give it to ${name} alone. Whoever opens it acts in that name: `}
            it is shown this once, works once, and ends {dayAndTime(waiting.expires_at ?? "")}.
          </p>
        </div>
      ) : null}
    </li>
  );
}
