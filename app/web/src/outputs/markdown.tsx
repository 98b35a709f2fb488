// Markdown as people read it: GFM, math, images that the cell carries. What it says is never run.

import { lazy, Suspense } from "react";
import type { Attachments } from "../generated.ts";

const Rendered = lazy(() => import("./markdown-rendered.tsx"));

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
