// A question of the running code, answered where it stands. A password goes to the runtime alone.

import { useEffect, useRef, useState, type FormEvent } from "react";
import type { Input } from "../../generated.ts";
import type { Session } from "../../replica/session.ts";
import { signal } from "../../wire/calls.ts";
import { useMyself } from "../loop.ts";

/** Whether somebody is in the middle of a text, which nothing may take them out of. */
function writing(): boolean {
  return document.activeElement?.closest(".cm-editor, input, textarea") != null;
}

export default function InputPrompt({
  session,
  input,
  askedBy,
}: {
  readonly session: Session;
  readonly input: Input;
  /** The actor who asked for the run. */
  readonly askedBy: string;
}) {
  const [value, setValue] = useState("");
  const [said, setSaid] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const myself = useMyself();
  const mine = myself !== null && myself.id === askedBy;
  useEffect(() => {
    if (mine && !writing()) field.current?.focus();
  }, [mine]);
  const answer = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setSaid("Sent.");
    const { input_id } = input;
    if (input.password) {
      const [runtime] = session.shown.confirmed.runtimes.values();
      if (!runtime) return setSaid("No runtime is there to take the password.");
      await signal(session.notebookId, {
        kind: "answer",
        key: input_id,
        value,
        to: runtime.principal_id,
      }).catch((error: unknown) => setSaid(String(error)));
    } else {
      const answered = await session.do({ tool: "provide_input", takes: { input_id, value } });
      if (!answered.ok) setSaid(answered.error.message);
    }
  };
  return (
    <form className="input-prompt" onSubmit={(event) => void answer(event)}>
      <label>
        <span>{input.prompt || "Input"}</span>
        <input
          ref={field}
          type={input.password ? "password" : "text"}
          value={value}
          autoComplete="off"
          onChange={(event) => setValue(event.target.value)}
        />
      </label>
      <button type="submit" className="button">
        Answer
      </button>
      <span role="status" className="text-quiet text-sm">
        {said}
      </span>
    </form>
  );
}
