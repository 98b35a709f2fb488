// All that waits for a person in a notebook, above its cells.

import { useState } from "react";
import type { Session } from "../../replica/session.ts";
import { Approvals } from "./approvals.tsx";
import { Proposals } from "./proposals.tsx";

export default function Waiting({ session }: { readonly session: Session }) {
  const [asked] = useState(() => new URLSearchParams(location.search));
  return (
    <>
      <Approvals session={session} wanted={asked.get("approval")} />
      <Proposals session={session} wanted={asked.get("proposal")} />
    </>
  );
}
