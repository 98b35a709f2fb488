// One output, in the richest form that is known here. What is unknown is offered to be downloaded.

import { memo, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Output as Recorded, Shown, StreamOutput, Value } from "../generated.ts";
import { later } from "../later.ts";
import { DataTable, tableIn } from "./table.tsx";
import { Failure } from "./failure.tsx";
import { FullHeight } from "./full-height.tsx";
import { Latex } from "./latex.tsx";
import { Markdown } from "./markdown.tsx";
import { NotLoaded } from "./not-loaded.tsx";
import { isKnown, richestOf } from "./richest.ts";
import { save } from "./saving.ts";
import { useSeen } from "./sight.ts";
import { TerminalText } from "./terminal-text.tsx";
import { shownSize, textOf, useStreamText, useValue, type Held, type Source } from "./value.ts";

const Frame = later(() => import("./frame.tsx"));
const Picture = later(() => import("./picture.tsx"));
const JsonTree = later(async () => ({ default: (await import("./json-tree.tsx")).JsonTree }));

export const Output = memo(function Output({
  output,
  from,
}: {
  readonly output: Shown | Recorded;
  readonly from: Source;
}) {
  switch (output.output_type) {
    case "stream":
      return (
        <StreamText
          name={output.name}
          pieces={"pieces" in output ? output.pieces : [output]}
          from={from}
        />
      );
    case "error":
      return <Failure output={output} from={from} />;
    case "display_data":
    case "execute_result":
      return <Display data={output.data} metadata={output.metadata} from={from} />;
    case "other":
      return <Download mime="application/json" value={output.value} from={from} />;
  }
});

function StreamText({
  name,
  pieces,
  from,
}: {
  readonly name: string;
  readonly pieces: readonly StreamOutput[];
  readonly from: Source;
}) {
  const place = useRef<HTMLPreElement>(null);
  const seen = useSeen(place);
  const { text, error, again } = useStreamText(from, pieces, seen);
  return (
    <>
      <LongText text={text} place={place} className={name === "stderr" ? "stderr" : ""} />
      {error ? <NotLoaded error={error} again={again} /> : null}
    </>
  );
}

const MOST = 200_000;
const HALF = 20_000;

function LongText({
  text,
  place,
  className,
}: {
  readonly text: string;
  readonly place?: React.RefObject<HTMLPreElement | null>;
  readonly className?: string;
}) {
  const [all, setAll] = useState(false);
  const [unfolded, setUnfolded] = useState(false);
  const [high, setHigh] = useState(false);
  const own = useRef<HTMLPreElement>(null);
  const element = place ?? own;
  useStick(element, text, setHigh);
  const cut = text.length > MOST && !all;
  return (
    <>
      <pre
        ref={element}
        tabIndex={0}
        className={`output-text ${className ?? ""}`}
        data-unfolded={unfolded || undefined}
      >
        <TerminalText text={cut ? text.slice(0, HALF) : text} />
        {cut ? (
          <>
            <button type="button" className="output-more" onClick={() => setAll(true)}>
              {shownSize(text.length - 2 * HALF)} more: show all
            </button>
            <TerminalText text={text.slice(-HALF)} />
          </>
        ) : null}
      </pre>
      {high || unfolded ? <FullHeight all={unfolded} change={setUnfolded} /> : null}
    </>
  );
}

/** What grows is followed, unless somebody scrolled up to read. Tells whether there is more of it
 *  than is in sight. */
function useStick(
  element: React.RefObject<HTMLElement | null>,
  text: string,
  tell: (high: boolean) => void,
): void {
  const sticks = useRef(true);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const leave = settle(box, () => sticks.current, tell);
    const scrolled = (): void => {
      sticks.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    };
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      leave();
      box.removeEventListener("scroll", scrolled);
    };
  }, [element, text, tell]);
}

interface Settling {
  readonly sticks: () => boolean;
  readonly tell: (high: boolean) => void;
}

const settling = new Map<Element, Settling>();
let laidOut: ResizeObserver | undefined;

/** To its end if it sticks, and told whether it is high, once the browser has laid it out: asked
 * before, it would lay it out for the answer, also far from the window where it leaves that be. */
function settle(box: HTMLElement, sticks: () => boolean, tell: (high: boolean) => void): () => void {
  laidOut ??= new ResizeObserver((entries, observer) => {
    const all = entries.flatMap(({ target }) => {
      const how = settling.get(target);
      observer.unobserve(target);
      settling.delete(target);
      return how ? [{ target, how, end: target.scrollHeight, height: target.clientHeight }] : [];
    });
    for (const { target, how, end, height } of all) {
      if (how.sticks()) target.scrollTop = end;
      how.tell(end > height + 2);
    }
  });
  const observer = laidOut;
  observer.unobserve(box); // what is observed anew is told, of whatever size it was
  observer.observe(box);
  settling.set(box, { sticks, tell });
  return () => {
    observer.unobserve(box);
    settling.delete(box);
  };
}

function Display({
  data,
  metadata,
  from,
}: {
  readonly data: Readonly<Record<string, Value>>;
  readonly metadata: Value;
  readonly from: Source;
}) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const mime = richestOf(Object.keys(data));
  const value = mime === undefined ? undefined : data[mime];
  return (
    <div ref={place} className="output-display">
      {mime === undefined || !value ? null : isKnown(mime) ? (
        <Rich
          mime={mime}
          value={value}
          label={labelOf(mime, metadata, data["text/plain"])}
          from={from}
          seen={seen}
        />
      ) : (
        <Download mime={mime} value={value} from={from} />
      )}
    </div>
  );
}

/** What is said of a picture to who does not see it: what its maker wrote, else what it is. */
function labelOf(mime: string, metadata: Value, plain: Value | undefined): string {
  const told = (metadata.json as Record<string, { alt?: unknown } | undefined> | null)?.[mime]?.alt;
  if (typeof told === "string" && told) return told;
  const text = plain && !plain.blob ? textOf(plain.json) : "";
  return text.slice(0, 200).replace(/^<(?:[\w.]+\.)?([^<>]+?)(?: object)?>$/, "$1");
}

function Rich({
  mime,
  value,
  label,
  from,
  seen,
}: {
  readonly mime: string;
  readonly value: Value;
  readonly label: string;
  readonly from: Source;
  readonly seen: boolean;
}) {
  const { held, error, again } = useValue(from, value, seen);
  if (error) return <NotLoaded error={error} again={again} />;
  if (!held || !seen) {
    return (
      <p className="output-note">{value.blob ? `Loading ${shownSize(value.blob.size)}` : " "}</p>
    );
  }
  return (
    <Suspense fallback={<p className="output-note"> </p>}>
      <Drawn mime={mime} held={held} label={label} />
    </Suspense>
  );
}

function Drawn({
  mime,
  held,
  label,
}: {
  readonly mime: string;
  readonly held: Held;
  readonly label: string;
}) {
  if (mime.startsWith("image/")) return <Picture mime={mime} held={held} label={label} />;
  const { json } = held;
  if (mime.startsWith("application/vnd.vega")) {
    return <Chart kind="vega" json={json} lite={mime.includes("vegalite")} />;
  }
  switch (mime) {
    case "application/vnd.plotly.v1+json":
      return <Chart kind="plotly" json={json} lite={false} />;
    case "text/html":
      return <Html html={textOf(json)} />;
    case "text/latex":
      return <Latex text={textOf(json)} />;
    case "text/markdown":
      return <Markdown text={textOf(json)} />;
    case "application/json":
      return (
        <div className="json-tree">
          <JsonTree json={json} />
        </div>
      );
    default:
      return <LongText text={textOf(json)} />;
  }
}

function Html({ html }: { readonly html: string }) {
  const table = useMemo(() => tableIn(html), [html]);
  const show = useMemo(() => ({ kind: "html", html }) as const, [html]);
  return table ? <DataTable table={table} /> : <Frame show={show} title="Output of the cell" />;
}

function Chart({
  kind,
  json,
  lite,
}: {
  readonly kind: "plotly" | "vega";
  readonly json: unknown;
  readonly lite: boolean;
}) {
  const show = useMemo(
    () =>
      kind === "vega" ? ({ kind, spec: json, lite } as const) : ({ kind, figure: json } as const),
    [kind, json, lite],
  );
  const name = nameOf(json);
  return <Frame show={show} title={name ? `Chart: ${name}` : "Chart"} />;
}

/** What a chart calls itself: Vega's description or title, Plotly's title. */
function nameOf(chart: unknown): string {
  const { description, title, layout } = (chart ?? {}) as Record<string, unknown>;
  const found = [description, title, (layout as { title?: unknown } | undefined)?.title]
    .map((one) => (typeof one === "object" ? (one as { text?: unknown } | null)?.text : one))
    .find((one) => typeof one === "string" && one);
  return String(found ?? "").slice(0, 200);
}

function Download({
  mime,
  value,
  from,
}: {
  readonly mime: string;
  readonly value: Value;
  readonly from: Source;
}) {
  const [wanted, setWanted] = useState(false);
  const { held, error, again } = useValue(from, value, wanted);
  const ready = wanted && held !== null;
  useEffect(() => {
    if (!ready || !held) return;
    const part =
      held.bytes ?? (typeof held.json === "string" ? held.json : JSON.stringify(held.json));
    save(part, "output");
    setWanted(false);
  }, [ready, held]);
  const size = value.blob?.size ?? JSON.stringify(value.json ?? null).length;
  return (
    <div className="output-note">
      <code>{mime}</code>, {shownSize(size)}{" "}
      <button type="button" className="text-button" onClick={() => setWanted(true)}>
        Download
      </button>
      {error ? <NotLoaded error={error} again={again} /> : null}
    </div>
  );
}
