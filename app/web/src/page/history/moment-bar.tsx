// The slider over a whole log, what had just happened at its place, and what can be done there.

import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { RecordLine } from "../../generated.ts";
import { pathOf } from "../router.tsx";
import { captionOf } from "./caption.ts";
import type { Naming } from "./naming.ts";
import { Sentence } from "./sentence.tsx";

export interface MomentBarProps {
  readonly notebookId: string;
  readonly head: number;
  /** The moment that is looked at; null is now. */
  readonly at: number | null;
  readonly line: RecordLine | null;
  readonly naming: Naming;
  readonly go: (at: number | null) => void;
  readonly open: (line: RecordLine) => void;
  readonly restore: () => void;
}

export function MomentBar(props: MomentBarProps) {
  const { head, at, line, naming, go, open, restore } = props;
  const place = at ?? head;
  const here = at !== null && line?.seq === at;
  const to = (wanted: number): void => go(wanted >= head ? null : Math.max(1, wanted));
  const caption = captionOf(at, line, head);
  return (
    <div className="moment" data-past={at !== null || undefined}>
      <div className="moment-slider">
        <Step label="First event" disabled={place <= 1} onClick={() => to(1)}>
          <ChevronFirst size={16} />
        </Step>
        <Step label="Event before" disabled={place <= 1} onClick={() => to(place - 1)}>
          <ChevronLeft size={16} />
        </Step>
        <input
          type="range"
          min={1}
          max={Math.max(1, head)}
          step={1}
          value={place}
          aria-label="Moment"
          aria-valuetext={caption}
          onChange={({ target }) => to(Number(target.value))}
        />
        <Step label="Event after" disabled={at === null} onClick={() => to(place + 1)}>
          <ChevronRight size={16} />
        </Step>
        <Step label="Now" disabled={at === null} onClick={() => go(null)}>
          <ChevronLast size={16} />
        </Step>
      </div>
      <p className="moment-caption" role="status">
        {caption}
      </p>
      <p className="moment-line">
        {here && line ? (
          <Sentence line={line} naming={naming} />
        ) : (
          "Choose an event to see the notebook as it was then."
        )}
      </p>
      {/* Always there: what appears with a click must not move what is clicked twice. */}
      <div className="moment-buttons">
        <button type="button" className="button" disabled={at === null} onClick={() => go(null)}>
          Back to now
        </button>
        <button type="button" className="button" disabled={at === null} onClick={restore}>
          Restore
        </button>
        <button
          type="button"
          className="button"
          disabled={!here}
          onClick={() => line && open(line)}
        >
          Record
        </button>
        <CopyLink notebookId={props.notebookId} at={at} />
      </div>
    </div>
  );
}

function Step({
  label,
  ...rest
}: {
  readonly label: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}) {
  return <button type="button" className="icon-button moment-step" aria-label={label} {...rest} />;
}

function CopyLink({ notebookId, at }: { readonly notebookId: string; readonly at: number | null }) {
  const [copied, setCopied] = useState<number | null>(null);
  const copy = (): void => {
    if (at === null) return;
    const address = location.origin + pathOf({ screen: "history", notebook_id: notebookId, at });
    void navigator.clipboard.writeText(address).then(() => setCopied(at));
  };
  return (
    <button
      type="button"
      className="button"
      disabled={at === null}
      onClick={copy}
      aria-live="polite"
    >
      {copied !== null && copied === at ? "Link copied" : "Copy link"}
    </button>
  );
}
