// An actor as a sign: a colour and a shape that are always the same. People are round, assistants
// square, other programs have six corners.

import type { ActorKind } from "../generated.ts";
import { hueOf } from "./presence.ts";

export function ActorFace({
  id,
  kind,
  name,
}: {
  readonly id: string;
  readonly kind: ActorKind;
  readonly name: string;
}) {
  return (
    <span className={`face face-small face-${kind} hue-${hueOf(id)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

/** Two letters at most. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}
