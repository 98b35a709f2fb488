// What a tab and the hub say to each other. Plain data: it crosses from one thread to another.

import type { PortableNotebook, WireRecord } from "../generated.ts";
import type { Signal } from "../wire/follow.ts";

/** What the name of the worker begins with, before the id of the person whose it is. */
export const HUB = "hub ";

export type Connection = "connecting" | "live" | "offline" | "signed out";

/** `tab` names the Web Lock that the tab holds for as long as it lives. */
export type ToHub =
  | { readonly kind: "hello"; readonly tab: string }
  | { readonly kind: "follow"; readonly notebook_id: string }
  | { readonly kind: "leave"; readonly notebook_id: string }
  | { readonly kind: "retry" }
  /** The server said to the tab that nobody is signed in: the stream may be of before. */
  | { readonly kind: "doubt" };

export type ToTab =
  | { readonly kind: "connection"; readonly connection: Connection; readonly since: number }
  | {
      readonly kind: "state";
      readonly notebook_id: string;
      readonly state: PortableNotebook;
      /** When it was last known to be so, if it is from the shelf of this device. */
      readonly as_of: number | null;
    }
  | {
      readonly kind: "records";
      readonly notebook_id: string;
      readonly records: readonly WireRecord[];
    }
  | { readonly kind: "signal"; readonly notebook_id: string; readonly signal: Signal }
  | {
      readonly kind: "compared";
      readonly notebook_id: string;
      readonly agrees: boolean;
      readonly seq: number;
    }
  /** Another tab that followed the notebook is gone, and may have left what it did not send. */
  | { readonly kind: "left"; readonly notebook_id: string }
  | { readonly kind: "newer" }
  | { readonly kind: "ended"; readonly notebook_id: string; readonly reason: string };
