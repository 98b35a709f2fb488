// What a note listens to, so that an image can be pasted or dropped into it.

import type { ClipboardEvent, DragEvent } from "react";
import type { Cell } from "../../generated.ts";
import type { Context } from "./action.ts";

const SHOWN = /^image\/(png|jpeg|gif|webp|svg\+xml)$/;

interface Listeners {
  readonly onPasteCapture?: (event: ClipboardEvent<HTMLElement>) => void;
  readonly onDragOverCapture?: (event: DragEvent<HTMLElement>) => void;
  readonly onDropCapture?: (event: DragEvent<HTMLElement>) => void;
}

/** The listeners of a cell; none if it is no note. */
export function takesImages(context: Context, { cell_id, cell_type }: Cell): Listeners {
  if (cell_type !== "markdown") return {};
  const take = (
    event: ClipboardEvent<HTMLElement> | DragEvent<HTMLElement>,
    data: DataTransfer,
    at: { x: number; y: number } | null,
  ): void => {
    const images = [...data.files].filter((file) => SHOWN.test(file.type));
    if (images.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    void import("./attaching.ts").then(
      ({ attach }) => attach(context, cell_id, images, at),
      () => context.session.tell("The image was not attached. Try again with a network."),
    );
  };
  return {
    onPasteCapture: (event) => take(event, event.clipboardData, null),
    onDragOverCapture: (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    },
    onDropCapture: (event) => {
      take(event, event.dataTransfer, { x: event.clientX, y: event.clientY });
    },
  };
}
