// Who is signed in in this browser. A cookie tells it, without the server too, and the server where
// that is not there or no longer right. It proves nothing: that is for the secret that no script reads.

import { Pauses } from "../replica/pauses.ts";
import { whoIsSignedIn } from "../wire/calls.ts";
import { belongTo, owner } from "../wire/owner.ts";

const NAME = `intheloop${location.port ? `_${location.port}` : ""}_person`;

/** Find out whose page this is, and tell the other tabs, which may be somebody else's. */
export async function recognise(): Promise<void> {
  await find();
  const others = new BroadcastChannel("intheloop.person");
  others.onmessage = () => void lookAgain(false);
  others.postMessage(await owner);
}

/** The server lets this page no longer in, or it was out of sight: if it is another's by now, it is
 * loaded anew. What was not sent is kept for whoever wrote it. */
export async function lookAgain(ask: boolean): Promise<void> {
  const mine = await owner;
  const found = (ask ? await asked() : null) ?? remembered();
  if (found && found !== mine) location.reload();
}

async function find(): Promise<void> {
  const told = remembered();
  if (told) return belongTo(told);
  const pauses = new Pauses();
  for (;;) {
    const found = await asked();
    if (found) return belongTo(found);
    await pauses.wait();
  }
}

async function asked(): Promise<string | null> {
  const found = await whoIsSignedIn().catch(() => null);
  if (!found) return null;
  if (remembered() !== found.id) {
    document.cookie = `${NAME}=${found.id}; path=/; max-age=2592000; samesite=strict`;
  }
  return found.id;
}

function remembered(): string | null {
  const [, found] = new RegExp(`(?:^|; )${NAME}=([^;]+)`).exec(document.cookie) ?? [];
  return found ?? null;
}
