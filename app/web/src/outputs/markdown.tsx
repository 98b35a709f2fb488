// Markdown as people read it: GFM, math, images that the cell carries. What it says is never run.

import { Suspense } from "react";
import type { Attachments } from "../generated.ts";
import { later } from "../later.ts";

const Rendered = later(() => import("./markdown-rendered.tsx"));

export function Markdown({
  text,
  attachments,
}: {
  readonly text: string;
  readonly attachments?: Attachments;
}) {
  return (
    <Suspense fallback={<div className="markdown whitespace-pre-wrap">{text}</div>}>
      <Rendered text={text} attachments={attachments ?? {}} />
    </Suspense>
  );
}
