// The slider over a whole log, what had just happened at its place, and what can be done there.

import {
  Check,
  ChevronFirst,
  ChevronLast,
  ChevronLeft,
  ChevronRight,
  Link as LinkIcon,
  Pause,
  Play,
} from "lucide-react";
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
  /** The moment with which this one is compared, if it is; and the switch. */
  readonly base: number | null;
  readonly compare: (base: number | null) => void;
  readonly playing: boolean;
  readonly play: () => void;
  /** What is drawn along the slider. */
  readonly lanes: React.ReactNode;
}

export function MomentBar(props: MomentBarProps) {
  const { head, at, line, naming, go, open, restore, base, compare, playing, play } = props;
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
        <Step
          label={playing ? "Pause" : "Play from here"}
          disabled={head <= 1}
          onClick={play}
        >
          {playing ? <Pause size={15} /> : <Play size={15} />}
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
      {props.lanes}
      <p className="moment-caption" role={playing ? undefined : "status"}>
        {base === null
          ? caption
          : `Comparing event ${Math.min(base, place).toLocaleString("en")} with ${Math.max(base, place).toLocaleString("en")}`}
      </p>
      <p className="moment-line">
        {here && line ? (
          <Sentence line={line} naming={naming} />
        ) : base === null ? (
          "Choose an event to see the notebook as it was then."
        ) : (
          "Choose the other moment, by the slider or a line."
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
        <button
          type="button"
          className="button"
          aria-pressed={base !== null}
          onClick={() => compare(base === null ? place : null)}
        >
          {base === null ? (
            "Compare"
          ) : (
            <span>
              Stop<span className="wide-only"> comparing</span>
            </span>
          )}
        </button>
        <CopyLink notebookId={props.notebookId} at={at} base={base} />
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

function CopyLink({
  notebookId,
  at,
  base,
}: {
  readonly notebookId: string;
  readonly at: number | null;
  readonly base: number | null;
}) {
  const [copied, setCopied] = useState<string | null>(null);
  const path = pathOf({
    screen: "history",
    notebook_id: notebookId,
    ...(at === null ? {} : { at }),
    ...(base === null ? {} : { from: base }),
  });
  const copy = (): void => {
    void navigator.clipboard.writeText(location.origin + path).then(() => setCopied(path));
  };
  return (
    <button
      type="button"
      className="icon-button moment-step"
      disabled={at === null && base === null}
      onClick={copy}
      aria-label={copied === path ? "Link copied" : "Copy link"}
      title={copied === path ? "Link copied" : "Copy a link to this moment"}
    >
      {copied === path ? <Check size={15} /> : <LinkIcon size={15} />}
    </button>
  );
}
