// The handle by which cells are dragged. The keys for the same are those of moving.

import { GripVertical } from "lucide-react";
import type { PointerEvent } from "react";
import type { Context } from "./action.ts";
import { selectedIds } from "./selection.ts";

export function Grip({ context, cellId }: { readonly context: Context; readonly cellId: string }) {
  const grasped = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return;
    const { clientX: x, clientY: y, pointerId, currentTarget } = event;
    currentTarget.setPointerCapture(pointerId);
    if (!selectedIds(context).includes(cellId)) context.view.came(cellId, "command");
    void import("./dragging.ts").then(({ drag }) => drag(context, cellId, currentTarget, { x, y }));
  };
  return (
    <button
      type="button"
      className="cell-grip"
      tabIndex={-1}
      aria-label="Drag to move, or press Alt and an arrow"
      onPointerDown={grasped}
    >
      <GripVertical size={14} />
    </button>
  );
}
