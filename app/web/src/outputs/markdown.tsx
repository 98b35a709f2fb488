// Markdown as people read it: GFM, math, images that the cell carries. What it says is never run.

import { Suspense } from "react";
import type { Attachments } from "../generated.ts";
import { later } from "../later.ts";

const NONE: Attachments = {};
const Rendered = later(() => import("./markdown-rendered.tsx"));

export function Markdown({
  text,
  attachments,
  notebookId,
}: {
  readonly text: string;
  readonly attachments?: Attachments;
  /** Where attachments are kept that do not stand in the log. */
  readonly notebookId?: string;
}) {
  return (
    <Suspense fallback={<div className="markdown whitespace-pre-wrap">{text}</div>}>
      <Rendered text={text} attachments={attachments ?? NONE} notebookId={notebookId ?? ""} />
    </Suspense>
  );
}
