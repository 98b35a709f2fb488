// Where one writes to the assistant, and says how much of the notebook it is shown.

import { ArrowUp } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent } from "react";
import { cellsOf } from "../../notebook/cells.ts";
import type { Posted } from "../../generated.ts";
import type { Context } from "../notebook/action.ts";
import { selected } from "../notebook/view.ts";

type Shown = "notebook" | "cell" | "selection";

export function Composer({
  context: { session, view },
  threadId,
  posted,
}: {
  readonly context: Context;
  readonly threadId: string | null;
  readonly posted: (threadId: string) => void;
}) {
  const [text, setText] = useState("");
  const [shown, setShown] = useState<Shown>("notebook");
  const [wish, setWish] = useState(remembered);
  const field = useRef<HTMLTextAreaElement>(null);
  const looking = useSyncExternalStore(view.watch, () => view.looking);
  const { notebook } = useSyncExternalStore(session.watch, () => session.shown);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const order = cellsOf(notebook).map((cell) => cell.cell_id);
  const chosen = selected(looking, order);
  const place = order.indexOf(looking.cell_id ?? "") + 1;
  const ways: readonly (readonly [Shown, string])[] = [
    ["notebook", "Notebook"],
    ...(place > 0 ? [["cell", `Cell ${place}`] as const] : []),
    ...(chosen.length > 1 ? [["selection", `${chosen.length} selected cells`] as const] : []),
  ];
  const way = ways.some(([one]) => one === shown) ? shown : "notebook";
  const post = (): void => {
    if (!text.trim()) return;
    const cells =
      way === "notebook" ? null : way === "cell" ? [looking.cell_id ?? ""] : [...chosen];
    const { model, effort } = wish;
    const takes = {
      text: text.trim(),
      thread_id: threadId,
      ...(cells ? { cells } : {}),
      ...(model ? { model } : {}),
      ...(effort ? { effort } : {}),
    };
    setText("");
    void session.do({ tool: "post_message", takes }).then((outcome) => {
      if (outcome.ok) posted((outcome.answer as Posted).thread_id);
      else setText((since) => since || takes.text);
    });
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    post();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        post();
      }}
    >
      <fieldset className="composer-scope">
        <legend>It sees</legend>
        {ways.map(([one, title]) => (
          <button
            key={one}
            type="button"
            className="chip"
            aria-pressed={one === way}
            onClick={() => setShown(one)}
          >
            {title}
          </button>
        ))}
      </fieldset>
      <Wishes
        wish={wish}
        change={(changed) => {
          setWish(changed);
          remember(changed);
        }}
      />
      <div className="composer-field">
        <textarea
          ref={field}
          rows={2}
          aria-label="Message to the assistant"
          placeholder="Ask, or say what to do"
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={pressed}
        />
        <button type="submit" className="button button-accent" aria-label="Send" disabled={!text.trim()}>
          <ArrowUp size={15} aria-hidden="true" />
        </button>
      </div>
    </form>
  );
}

/** Which model is to answer, and how hard it thinks; empty is as the server's settings say. */
interface Wish {
  readonly model: string;
  readonly effort: string;
}

const KEPT = "intheloop.assistant";
const AS_SET: Wish = { model: "", effort: "" };
const EFFORTS = ["low", "medium", "high", "max"];

function Wishes({ wish, change }: { readonly wish: Wish; readonly change: (wish: Wish) => void }) {
  const said = [wish.model, wish.effort && `${wish.effort} effort`].filter(Boolean).join(", ");
  return (
    <details className="composer-wishes">
      <summary>{said || "Model and effort as set"}</summary>
      <div>
        <input
          aria-label="Model"
          placeholder="Model as set"
          spellCheck={false}
          maxLength={200}
          value={wish.model}
          onChange={({ target }) => change({ ...wish, model: target.value.trim() })}
        />
        <select
          aria-label="Effort"
          value={wish.effort}
          onChange={({ target }) => change({ ...wish, effort: target.value })}
        >
          <option value="">Effort as set</option>
          {EFFORTS.map((one) => (
            <option key={one} value={one}>
              {`${one} effort`}
            </option>
          ))}
        </select>
      </div>
    </details>
  );
}

/** What was wished last, in this browser. */
function remembered(): Wish {
  try {
    return { ...AS_SET, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Wish>) };
  } catch {
    return AS_SET;
  }
}

function remember(wish: Wish): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(wish));
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}
