// JSON as a tree that opens where one looks; what is closed is not drawn.

import { useState } from "react";

const MOST = 200;

export function JsonTree({ json, name }: { readonly json: unknown; readonly name?: string }) {
  const [open, setOpen] = useState(name === undefined);
  const label = name === undefined ? null : <span className="json-name">{name}: </span>;
  if (typeof json !== "object" || json === null) {
    return (
      <div className="json-leaf">
        {label}
        <span className={`json-${json === null ? "null" : typeof json}`}>
          {JSON.stringify(json)}
        </span>
      </div>
    );
  }
  const entries = Object.entries(json);
  const summary = Array.isArray(json) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details
      className="json-node"
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        {label}
        <span className="json-size">{summary}</span>
      </summary>
      {open ? (
        <div className="json-children">
          {entries.slice(0, MOST).map(([key, value]) => (
            <JsonTree key={key} json={value} name={key} />
          ))}
          {entries.length > MOST ? (
            <div className="json-size">and {entries.length - MOST} more</div>
          ) : null}
        </div>
      ) : null}
    </details>
  );
}
