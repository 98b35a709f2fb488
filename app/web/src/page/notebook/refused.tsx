// What the server refused: the sentence, and the text that would else be gone.

import type { Refused } from "../../replica/refusals.ts";
import type { Session } from "../../replica/session.ts";
import { insertAfter } from "./cell-commands.ts";
import type { View } from "./view.ts";

export default function Refusals({
  session,
  view,
  refused,
}: {
  readonly session: Session;
  readonly view: View;
  readonly refused: readonly Refused[];
}) {
  if (refused.length === 0) return null;
  return (
    <div className="refusals" role="alert">
      {refused.map((one) => (
        <div key={one.id} className="refusal" data-cell-id={one.cell_id ?? undefined}>
          <p>{one.sentence}</p>
          {one.source === null ? null : <pre tabIndex={0}>{one.source}</pre>}
          <div className="flex gap-2">
            {one.source === null ? null : (
              <button
                type="button"
                className="button"
                onClick={() => {
                  const { cells } = session.shown.notebook;
                  const after = one.cell_id && cells.has(one.cell_id) ? one.cell_id : null;
                  insertAfter({ session, view }, after, [{ source: one.source ?? "" }], "command");
                  session.dismiss(one.id);
                }}
              >
                Put it into a new cell
              </button>
            )}
            <button type="button" className="button" onClick={() => session.dismiss(one.id)}>
              Dismiss
            </button>
          </div>
        </div>
      ))}
    </div>
  );
}
