// What floats beside an element when somebody asks for it: a card, a hint. Loaded on demand, as the
// library that places it is not small. The element itself stays a plain button or word.

import { Popover } from "@base-ui/react/popover";
import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactNode, RefObject } from "react";

interface Floating {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly close: () => void;
  readonly children: ReactNode;
}

export function Card({
  anchor,
  close,
  title,
  children,
}: Floating & { readonly title: string }) {
  return (
    <Popover.Root open onOpenChange={(open) => open || close()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} align="end" sideOffset={6} className="z-40">
          <Popover.Popup className="popover" finalFocus={anchor}>
            <Popover.Title className="font-semibold">{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function Hint({ anchor, close, children }: Floating) {
  return (
    <Tooltip.Root open onOpenChange={(open) => open || close()}>
      <Tooltip.Portal>
        <Tooltip.Positioner
          anchor={anchor}
          side="bottom"
          align="start"
          sideOffset={6}
          className="z-50"
        >
          <Tooltip.Popup className="tooltip">{children}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
