// One output, in the richest form that is known here. What is unknown is offered to be downloaded.

import { memo, useEffect, useMemo, useRef, useState } from "react";
import type { Output as Recorded, Shown, StreamOutput, Value } from "../generated.ts";
import { DataTable, tableIn } from "./table.tsx";
import { Failure } from "./failure.tsx";
import { Frame } from "./frame.tsx";
import { JsonTree } from "./json-tree.tsx";
import { Markdown } from "./markdown.tsx";
import { useSeen } from "./sight.ts";
import { TerminalText } from "./terminal-text.tsx";
import { shownSize, textOf, useStreamText, useValue, type Held, type Source } from "./value.ts";
import { persistently } from "../later.ts";

/** The richest first. */
const KNOWN: readonly RegExp[] = [
  /^application\/vnd\.vegalite\.v\d+\+json$/,
  /^application\/vnd\.vega\.v\d+\+json$/,
  /^application\/vnd\.plotly\.v1\+json$/,
  /^text\/html$/,
  /^image\/svg\+xml$/,
  /^image\/(png|jpeg|gif|webp)$/,
  /^text\/latex$/,
  /^text\/markdown$/,
  /^application\/json$/,
  /^text\/plain$/,
];

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
      return <Display data={output.data} from={from} />;
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
  const text = useStreamText(from, pieces, seen);
  return <LongText text={text} place={place} className={name === "stderr" ? "stderr" : ""} />;
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
  const own = useRef<HTMLPreElement>(null);
  const element = place ?? own;
  useStick(element, text);
  const cut = text.length > MOST && !all;
  return (
    <pre ref={element} tabIndex={0} className={`output-text ${className ?? ""}`}>
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
  );
}

/** What grows is followed, unless somebody scrolled up to read. */
function useStick(element: React.RefObject<HTMLElement | null>, text: string): void {
  const sticks = useRef(true);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    if (sticks.current) stick(box);
    const scrolled = (): void => {
      sticks.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    };
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => box.removeEventListener("scroll", scrolled);
  }, [element, text]);
}

const sticking = new Set<HTMLElement>();

/** To its end, together with all others of this frame: asking each by itself would lay out the page
 * once for every one of them. */
function stick(box: HTMLElement): void {
  if (sticking.size === 0) {
    requestAnimationFrame(() => {
      const ends = [...sticking].map((one) => [one, one.scrollHeight] as const);
      sticking.clear();
      for (const [one, end] of ends) one.scrollTop = end;
    });
  }
  sticking.add(box);
}

function Display({
  data,
  from,
}: {
  readonly data: Readonly<Record<string, Value>>;
  readonly from: Source;
}) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const mimes = Object.keys(data);
  const mime = KNOWN.flatMap((known) => mimes.find((one) => known.test(one)) ?? [])[0] ?? mimes[0];
  const value = mime === undefined ? undefined : data[mime];
  return (
    <div ref={place} className="output-display">
      {mime === undefined || !value ? null : KNOWN.some((known) => known.test(mime)) ? (
        <Rich mime={mime} value={value} plain={data["text/plain"]} from={from} seen={seen} />
      ) : (
        <Download mime={mime} value={value} from={from} />
      )}
    </div>
  );
}

function Rich({
  mime,
  value,
  plain,
  from,
  seen,
}: {
  readonly mime: string;
  readonly value: Value;
  readonly plain: Value | undefined;
  readonly from: Source;
  readonly seen: boolean;
}) {
  const { held, error } = useValue(from, value, seen);
  const label = plain && !plain.blob ? textOf(plain.json).slice(0, 200) : "";
  if (error) return <p className="output-note">It could not be loaded: {error}</p>;
  if (!held || !seen) {
    return (
      <p className="output-note">{value.blob ? `Loading ${shownSize(value.blob.size)}` : " "}</p>
    );
  }
  return <Drawn mime={mime} held={held} label={label} />;
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
  return <Frame show={show} title="Chart" />;
}

function Latex({ text }: { readonly text: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tex = text.trim().replace(/^\$\$?|\$\$?$/g, "");
    void persistently(() => import("./formula.ts")).then(({ drawFormula }) => {
      if (place.current) drawFormula(place.current, tex, true);
    });
  }, [text]);
  return (
    <div ref={place} className="output-formula">
      {text}
    </div>
  );
}

/** An image that is text (SVG) is shown as an image too: nothing in it runs. */
function Picture({
  mime,
  held,
  label,
}: {
  readonly mime: string;
  readonly held: Held;
  readonly label: string;
}) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const part = held.bytes ?? bytesOf(mime, textOf(held.json));
    const made = URL.createObjectURL(new Blob([part], { type: mime }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [mime, held]);
  return address ? <img src={address} alt={label || "Image"} className="output-image" /> : null;
}

function bytesOf(mime: string, text: string): BlobPart {
  if (mime === "image/svg+xml") return text;
  const bytes = atob(text.replaceAll(/\s/g, ""));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
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
  const { held, error } = useValue(from, value, wanted);
  const ready = wanted && held !== null;
  useEffect(() => {
    if (!ready || !held) return;
    const part =
      held.bytes ?? (typeof held.json === "string" ? held.json : JSON.stringify(held.json));
    const address = URL.createObjectURL(new Blob([part], { type: "application/octet-stream" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: "output" });
    link.click();
    URL.revokeObjectURL(address);
    setWanted(false);
  }, [ready, held]);
  const size = value.blob?.size ?? JSON.stringify(value.json ?? null).length;
  return (
    <p className="output-note">
      <code>{mime}</code>, {shownSize(size)}{" "}
      <button type="button" className="text-button" onClick={() => setWanted(true)}>
        Download
      </button>
      {error ? ` ${error}` : null}
    </p>
  );
}
