// What events of comments do to a notebook.

import type { Draft } from "../draft.ts";
import type { RecordOf } from "../events.ts";
import type { CommentEventType } from "../generated.ts";

/** Applies an event of a comment; one that answers no comment in state changes nothing. */
export function applyToComment(draft: Draft, record: RecordOf<CommentEventType>): void {
  const { comment_id } = record.data;
  if (record.type === "commentAdded") {
    draft.comments.set(comment_id, {
      comment_id,
      text: record.data.text,
      author_id: record.actor.id,
      added_at: record.recorded_at,
      cell_id: record.data.cell_id ?? null,
      reply_to: record.data.reply_to ?? null,
      resolved: false,
    });
    return;
  }
  const comment = draft.comments.get(comment_id);
  if (!comment) return;
  draft.comments.set(comment_id, { ...comment, resolved: record.type === "commentResolved" });
}
