// An exception: what it says first, the frames of the notebook's own code in sight, others folded.

import type { ErrorOutput } from "../generated.ts";
import { NotLoaded } from "./not-loaded.tsx";
import { TerminalText } from "./terminal-text.tsx";
import { useValue, type Source } from "./value.ts";

const COLOURS = /\x1b\[[0-9;]*m/g;

export function Failure({ output, from }: { readonly output: ErrorOutput; readonly from: Source }) {
  const { held, error, again } = useValue(from, output.traceback);
  const lines = Array.isArray(held?.json) ? held.json.map(String) : [];
  const frames = lines.slice(0, -1).filter((line) => !/^-*$/.test(bare(line).trim()));
  return (
    <div className="failure" role="group" aria-label={`Error: ${output.ename}`}>
      <p className="failure-line">
        <strong>{output.ename}</strong>
        {output.evalue ? `: ${output.evalue}` : null}
      </p>
      {error ? <NotLoaded error={error} again={again} /> : null}
      {grouped(frames).map(({ own, frames: some }, place) =>
        own ? (
          <pre key={place} tabIndex={0}>
            <TerminalText text={some.join("\n")} />
          </pre>
        ) : (
          <details key={place}>
            <summary>
              {some.length === 1 ? "1 frame" : `${some.length} frames`} of libraries
            </summary>
            <pre tabIndex={0}>
              <TerminalText text={some.join("\n")} />
            </pre>
          </details>
        ),
      )}
    </div>
  );
}

interface Group {
  readonly own: boolean;
  readonly frames: readonly string[];
}

function grouped(frames: readonly string[]): readonly Group[] {
  const groups: { own: boolean; frames: string[] }[] = [];
  for (const frame of frames) {
    const text = bare(frame).trimStart();
    if (/^\w+.*Traceback \(most recent call last\)$/.test(text.trim())) continue;
    const own = !text.startsWith("File ") || text.startsWith("File <");
    const last = groups.at(-1);
    if (last?.own === own) last.frames.push(frame);
    else groups.push({ own, frames: [frame] });
  }
  return groups;
}

function bare(line: string): string {
  return line.replace(COLOURS, "");
}
