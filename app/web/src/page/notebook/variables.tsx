// The variables of the kernel, asked for anew after each run.

import { useEffect, useState } from "react";
import type { Answer } from "../../generated.ts";
import { shownSize } from "../../outputs/value.ts";
import { ask } from "../../replica/ask.ts";
import type { Session } from "../../replica/session.ts";

export default function Variables({
  session,
  runs,
}: {
  readonly session: Session;
  /** Changes with each run that ends. */
  readonly runs: string;
}) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let gone = false;
    void ask(session, { question: "variables" }).then((found) => gone || setAnswer(found));
    return () => {
      gone = true;
    };
  }, [session, runs]);
  return (
    <>
      <h2>Variables</h2>
      {answer === null ? <p className="text-quiet">Asking the kernel…</p> : null}
      {answer?.answer === "none" ? <p className="text-quiet">{answer.reason}</p> : null}
      {answer?.answer === "variables" ? <List {...answer} /> : null}
    </>
  );
}

function List({ variables, more = 0 }: Extract<Answer, { answer: "variables" }>) {
  const values = variables.filter(({ kind = "value" }) => kind === "value");
  if (values.length === 0) return <p className="text-quiet">There are none yet.</p>;
  return (
    <>
      <dl className="variables">
        {values.map(({ name, type, shape, size, preview }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span className="text-quiet">
                {type}
                {shape ? ` ${shape.join(" × ")}` : ""}
                {size ? `, ${shownSize(size)}` : ""}
              </span>
              {preview ? <code>{preview}</code> : null}
            </dd>
          </div>
        ))}
      </dl>
      {more > 0 ? <p className="text-quiet">and {more} more</p> : null}
    </>
  );
}
