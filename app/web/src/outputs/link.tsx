// A link that foreign output wants followed. Only a person opens it, here, with its address in sight.

import { useEffect, useState } from "react";

const KNOWN = new Set(["http:", "https:", "mailto:"]);
const MOST = 300;
/** A click that was on its way to something else opens nothing. */
const SETTLING_MS = 500;

/** The address that foreign output gives, if it is one that may be opened; nothing that a script
 *  sends by itself is even asked. */
export function wanted(address: unknown): URL | null {
  const found = URL.parse(String(address));
  return found && KNOWN.has(found.protocol) && navigator.userActivation.isActive ? found : null;
}

export function LinkAsked({
  address,
  dismiss,
}: {
  readonly address: URL;
  readonly dismiss: () => void;
}) {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    setSettled(false);
    const timer = setTimeout(() => setSettled(true), SETTLING_MS);
    return () => clearTimeout(timer);
  }, [address]);
  const { href } = address;
  return (
    <div className="output-link" role="status">
      <p>
        This output links to <bdi>{href.slice(0, MOST)}</bdi>
        {href.length > MOST ? " …" : null}
      </p>
      {settled ? (
        <a
          className="button"
          href={href}
          target="_blank"
          rel="noopener noreferrer"
          onClick={dismiss}
          onAuxClick={dismiss}
        >
          Open in a new tab
        </a>
      ) : (
        <span className="button" aria-disabled="true">
          Open in a new tab
        </span>
      )}
      <button type="button" className="button" onClick={dismiss}>
        Stay here
      </button>
    </div>
  );
}
