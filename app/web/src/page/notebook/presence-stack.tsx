// Who else is here: people round, assistants square, other programs with six corners.

import { useSyncExternalStore } from "react";
import { initials } from "../face.tsx";
import { Hinted } from "../hinted.tsx";
import type { Presence, Present } from "../presence.ts";
import type { View } from "./view.ts";

const MOST = 5;

export function PresenceStack({
  presence,
  view,
}: {
  readonly presence: Presence;
  readonly view: View;
}) {
  const present = useSyncExternalStore(presence.watch, () => presence.shown);
  const actors = [...new Map(present.map((one) => [one.id, one])).values()];
  if (actors.length === 0) return null;
  return (
    <ul className="presence" aria-label="Also here">
      {actors.slice(0, MOST).map((one) => (
        <li key={one.id}>
          <Face present={one} view={view} />
        </li>
      ))}
      {actors.length > MOST ? <li className="presence-more">+{actors.length - MOST}</li> : null}
    </ul>
  );
}

function Face({ present, view }: { readonly present: Present; readonly view: View }) {
  const { name, kind, hue, cell_id } = present;
  return (
    <Hinted hint={() => name}>
      <button
        type="button"
        className={`face face-${kind} hue-${hue}`}
        aria-label={cell_id ? `Go to where ${name} is` : name}
        data-initials={initials(name)}
        onClick={() => {
          if (cell_id) view.go(cell_id);
        }}
      />
    </Hinted>
  );
}
