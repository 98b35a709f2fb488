// Asking the kernel of a notebook: what could stand at the caret, what something is, which variables
// there are. Signals there and back: nothing of it is recorded.

import type { Answer, Question } from "../generated.ts";
import { signal } from "../wire/calls.ts";
import { newId, type Session } from "./session.ts";

const PATIENCE_MS = 20_000;
/** An answer is not kept: one that came while the stream was opened anew is asked for again. */
const AGAIN_MS = 2_500;

/** What the kernel answers. That none comes is an answer too, with the reason. */
export async function ask(session: Session, question: Question): Promise<Answer> {
  const [runtime] = session.shown.confirmed.runtimes.values();
  if (!runtime) return none("No kernel is running; run a cell and ask again.");
  const key = newId();
  const to = runtime.principal_id;
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      clearInterval(again);
      deaf();
      resolve(answer);
    };
    const timer = setTimeout(() => end(none("The kernel did not answer in time.")), PATIENCE_MS);
    const deaf = session.hear((heard) => {
      // Anybody who may run can send an answer; that of the runtime alone counts.
      if (heard.kind !== "answer" || heard.key !== key || heard.actor.id !== to) return;
      end(heard.value as Answer);
    });
    const send = (): void => {
      signal(session.notebookId, { kind: "ask", key, value: question, to }).catch(
        (error: unknown) => end(none(error instanceof Error ? error.message : String(error))),
      );
    };
    const again = setInterval(send, AGAIN_MS);
    send();
  });
}

function none(reason: string): Answer {
  return { answer: "none", reason };
}
