// Records told apart by type, so that a switch over `type` knows `data`. Applies nothing.

import { EVENT_VERSIONS, type EventData, type WireRecord } from "./generated.ts";

export type EventType = keyof EventData;

/** A record of one of the types `T`, with the data that belongs to it. */
export type RecordOf<T extends EventType> = {
  readonly [Type in T]: Omit<WireRecord, "type" | "data"> & {
    readonly type: Type;
    readonly data: EventData[Type];
  };
}[T];

export type KnownRecord = RecordOf<EventType>;

// A Map, since a type of the name "constructor" is as unknown as any other.
const versions: ReadonlyMap<string, number> = new Map(Object.entries(EVENT_VERSIONS));

/** Whether this version knows what the record says: its type, in its schema version. */
export function isKnown(record: WireRecord): record is KnownRecord {
  const version = versions.get(record.type);
  return version !== undefined && record.schema_version <= version;
}
