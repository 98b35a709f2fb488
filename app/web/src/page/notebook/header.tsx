// The header of a notebook: title, how the connection and the kernel stand, who is here, running.

import {
  ChevronDown,
  Command as CommandIcon,
  Ellipsis,
  History,
  ListTree,
  Play,
  Sparkles,
} from "lucide-react";
import { Suspense, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { usePart } from "../loop.ts";
import type { Presence } from "../presence.ts";
import { Link } from "../router.tsx";
import type { Context } from "./action.ts";
import { action } from "./commands.ts";
import { ConnectionPill } from "./connection-pill.tsx";
import type { HeaderMenuProps } from "./header-menus.tsx";
import { PresenceStack } from "./presence-stack.tsx";
import { RuntimePill } from "./runtime-pill.tsx";
import { later } from "../../later.ts";

export function Header({
  context,
  presence,
}: {
  readonly context: Context;
  readonly presence: Presence;
}) {
  const { session } = context;
  const title = usePart(session, ({ notebook }) => notebook.title);
  const waiting = usePart(
    session,
    ({ confirmed }) => confirmed.approvals.filter(({ status }) => status === "pending").length,
  );
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
      <Title context={context} title={title} />
      <ConnectionPill session={session} />
      <span className="grow" />
      <PresenceStack presence={presence} view={context.view} />
      <RuntimePill context={context} />
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
        <MenuButton name="run" label="More ways to run" className="button" context={context}>
          <ChevronDown size={14} />
        </MenuButton>
      </div>
      <button
        type="button"
        className="icon-button header-palette"
        aria-label="Find a command"
        onClick={() => context.open("palette")}
      >
        <CommandIcon size={16} />
      </button>
      <button
        type="button"
        className="icon-button header-assistant"
        aria-label={waiting > 0 ? `Assistant, ${waiting} waiting for you` : "Assistant"}
        onClick={() => context.open("assistant")}
      >
        <Sparkles size={16} />
        {waiting > 0 ? <span aria-hidden="true">{waiting}</span> : null}
      </button>
      <button
        type="button"
        className="icon-button header-history"
        aria-label="History"
        onClick={() => context.open("history")}
      >
        <History size={16} />
      </button>
      <MenuButton name="more" label="More" className="icon-button" context={context}>
        <Ellipsis size={16} />
      </MenuButton>
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

const HeaderMenu = later(() => import("./header-menus.tsx"));

/** A button that opens a menu of the header. */
function MenuButton({
  name,
  label,
  className,
  context,
  children,
}: {
  readonly name: HeaderMenuProps["name"];
  readonly label: string;
  readonly className: string;
  readonly context: Context;
  readonly children: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open ? (
        <Suspense fallback={null}>
          <HeaderMenu name={name} context={context} anchor={button} close={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
