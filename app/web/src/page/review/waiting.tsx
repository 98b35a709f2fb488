// All that waits for a person in a notebook, above its cells.

import { useState } from "react";
import type { Session } from "../../replica/session.ts";
import { Approvals } from "./approvals.tsx";

export default function Waiting({ session }: { readonly session: Session }) {
  const [wanted] = useState(() => new URLSearchParams(location.search).get("approval"));
  return <Approvals session={session} wanted={wanted} />;
}
