// The menus of the header. Loaded when one is opened.

import { Menu } from "@base-ui/react/menu";
import type { ReactNode, RefObject } from "react";
import { ThemeItems } from "../theme-items.tsx";
import type { Context } from "./action.ts";
import { action } from "./commands.ts";
import { shownKeys } from "./keyboard.ts";

export interface HeaderMenuProps {
  readonly name: "more" | "run";
  readonly context: Context;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly close: () => void;
}

export default function HeaderMenu({ name, context, anchor, close }: HeaderMenuProps) {
  return (
    <Menu.Root open onOpenChange={(open) => open || close()}>
      <Menu.Portal>
        <Menu.Positioner anchor={anchor} align="end" sideOffset={6} className="z-40">
          <Menu.Popup className="menu" finalFocus={anchor}>
            {name === "run" ? <RunItems context={context} /> : <MoreItems context={context} />}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function RunItems({ context }: { readonly context: Context }) {
  return (
    <>
      <Items context={context} ids={["run-next", "run-above", "run-below", "run-stale"]} />
      <Menu.Separator className="menu-line" />
      <Items
        context={context}
        ids={["interrupt", "restart", "restart-run-all", "clear-all-outputs"]}
      />
    </>
  );
}

function MoreItems({ context }: { readonly context: Context }) {
  return (
    <>
      <Items
        context={context}
        ids={["palette", "find", "keys", "outline", "variables", "history", "assistant", "people"]}
      />
      <Menu.Separator className="menu-line" />
      <ThemeItems />
    </>
  );
}

function Items({ context, ids }: { readonly context: Context; readonly ids: readonly string[] }) {
  return ids.map(action).map((one): ReactNode => (
    <Menu.Item key={one.id} className="menu-item" onClick={() => one.run(context)}>
      <span>{one.title}</span>
      {one.keys?.[0] ? <kbd>{shownKeys(one.keys[0]).join(" ")}</kbd> : null}
    </Menu.Item>
  ));
}
