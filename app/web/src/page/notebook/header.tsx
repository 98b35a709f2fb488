// The header of a notebook: title, how the connection and the kernel stand, who is here, running.

import { Menu } from "@base-ui/react/menu";
import { ChevronDown, Command as CommandIcon, Ellipsis, ListTree, Play } from "lucide-react";
import { useState, useSyncExternalStore, type KeyboardEvent } from "react";
import type { Shown } from "../../replica/session.ts";
import type { Presence } from "../presence.ts";
import { Link } from "../router.tsx";
import { ThemeItems } from "../theme.tsx";
import { action, type Context } from "./commands.ts";
import { ConnectionPill } from "./connection-pill.tsx";
import { shownKeys } from "./keyboard.ts";
import { PresenceStack } from "./presence-stack.tsx";
import { RuntimePill } from "./runtime-pill.tsx";

export function Header({
  context,
  shown,
  presence,
}: {
  readonly context: Context;
  readonly shown: Shown;
  readonly presence: Presence;
}) {
  return (
    <header className="header">
      <Link to={{ screen: "home" }} className="header-home" aria-label="All notebooks">
        <span className="logo" aria-hidden="true" />
      </Link>
      <button
        type="button"
        className="icon-button header-outline"
        aria-label="Outline"
        onClick={() => context.open("outline")}
      >
        <ListTree size={16} />
      </button>
      <Title context={context} title={shown.notebook.title} />
      <ConnectionPill unsent={shown.unsent} agreed={shown.agreed} />
      <span className="grow" />
      <PresenceStack presence={presence} view={context.view} />
      <RuntimePill context={context} notebook={shown.notebook} />
      <RunMenu context={context} />
      <button
        type="button"
        className="icon-button header-palette"
        aria-label="Find a command"
        onClick={() => context.open("palette")}
      >
        <CommandIcon size={16} />
      </button>
      <MoreMenu context={context} />
    </header>
  );
}

function Title({
  context: { session },
  title,
}: {
  readonly context: Context;
  readonly title: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const save = (): void => {
    const wanted = typed?.trim();
    if (wanted && wanted !== title)
      void session.do({ tool: "rename_notebook", takes: { title: wanted } });
    setTyped(null);
  };
  const pressed = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "Escape") setTyped(null);
    if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
  };
  return (
    <h1 className="title">
      <input
        aria-label="Title"
        value={typed ?? title}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={pressed}
        size={Math.max(8, Math.min((typed ?? title).length + 1, 40))}
      />
    </h1>
  );
}

function Items({ context, ids }: { readonly context: Context; readonly ids: readonly string[] }) {
  return ids.map(action).map((one) => (
    <Menu.Item key={one.id} className="menu-item" onClick={() => one.run(context)}>
      <span>{one.title}</span>
      {one.keys?.[0] ? <kbd>{shownKeys(one.keys[0]).join(" ")}</kbd> : null}
    </Menu.Item>
  ));
}

function RunMenu({ context }: { readonly context: Context }) {
  return (
    <div className="split-button">
      <button
        type="button"
        className="button"
        onClick={() => action("run-all").run(context)}
        aria-label="Run all cells"
      >
        <Play size={13} fill="currentColor" aria-hidden="true" />{" "}
        <span className="wide-only">Run all</span>
      </button>
      <Menu.Root>
        <Menu.Trigger className="button" aria-label="More ways to run">
          <ChevronDown size={14} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={6} className="z-40">
            <Menu.Popup className="menu">
              <Items context={context} ids={["run-next", "run-above", "run-below"]} />
              <Menu.Separator className="menu-line" />
              <Items
                context={context}
                ids={["interrupt", "restart", "restart-run-all", "clear-all-outputs"]}
              />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  );
}

function MoreMenu({ context }: { readonly context: Context }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="icon-button" aria-label="More">
        <Ellipsis size={16} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="z-40">
          <Menu.Popup className="menu">
            <Items context={context} ids={["palette", "keys", "outline"]} />
            <Menu.Separator className="menu-line" />
            <ThemeItems />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
