// Foreign output in a document of its own: of opaque origin, without network, shown at its height.

import { useEffect, useRef, useState } from "react";
import type { FrameRequest, FrameSays } from "../frame/protocol.ts";

const HIGHEST = 4_000;

export function Frame({
  show,
  title,
}: {
  readonly show: FrameRequest["show"];
  readonly title: string;
}) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(24);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const send = (): void => {
      const style = getComputedStyle(element);
      const request: FrameRequest = {
        show,
        theme: {
          ink: style.color,
          dark: style.colorScheme === "dark" || isDark(style.color),
          font: style.fontFamily,
        },
      };
      element.contentWindow?.postMessage(request, "*");
    };
    const hear = (event: MessageEvent<FrameSays>): void => {
      if (event.source !== element.contentWindow) return;
      if (event.data.kind === "ready") send();
      else if (event.data.kind === "height")
        setHeight(Math.min(Number(event.data.height) || 0, HIGHEST));
      else if (event.data.kind === "failed") setError(String(event.data.reason));
    };
    addEventListener("message", hear);
    send();
    return () => removeEventListener("message", hear);
  }, [show]);
  return (
    <>
      <iframe
        ref={frame}
        src="/frame"
        sandbox="allow-scripts"
        title={title}
        className="output-frame"
        style={{ height }}
      />
      {error ? <p className="output-note">It could not be drawn: {error}</p> : null}
    </>
  );
}

/** Light ink means a dark page. */
function isDark(ink: string): boolean {
  const [red = 0, green = 0, blue = 0] = (ink.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 384;
}
