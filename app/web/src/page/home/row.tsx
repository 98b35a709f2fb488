// One notebook of the list: its title, what happened last, how it stands, and what can be done.

import { Menu } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import { memo, useRef } from "react";
import type { NotebookSummary } from "../../generated.ts";
import { useSeen } from "../../outputs/sight.ts";
import { ActorFace } from "../face.tsx";
import { plainSentence } from "../history/words.ts";
import { ago, dayAndTime } from "../moments.ts";
import { go, Link } from "../router.tsx";
import { archive, download, duplicate } from "./actions.ts";
import { useLastChange } from "./last-change.ts";

export interface RowProps {
  readonly notebook: NotebookSummary;
  readonly now: number;
  /** Do it, and tell of it beside the row if it fails. */
  readonly act: (
    notebook: NotebookSummary,
    deed: (notebook: NotebookSummary) => Promise<void>,
  ) => void;
  readonly ask: (question: "rename" | "delete", notebook: NotebookSummary) => void;
  readonly error: string | null;
}

export const Row = memo(function Row(props: RowProps) {
  const { notebook, now, error } = props;
  const { notebook_id, title, cells, changed_at, role } = notebook;
  const place = useRef<HTMLLIElement>(null);
  const line = useLastChange(notebook, useSeen(place));
  return (
    <li ref={place} className="home-row" data-notebook-id={notebook_id}>
      <Link to={{ screen: "notebook", notebook_id }} className="home-link">
        <span className="home-title">{title || "Untitled"}</span>
        <StandingOf notebook={notebook} />
        <span className="home-line">
          {line ? (
            <ActorFace id={line.actor.id} kind={line.actor.kind} name={line.actor.name} />
          ) : null}
          <span className="home-sentence">{line ? plainSentence(line) : " "}</span>
        </span>
        <span className="home-facts">
          <time dateTime={changed_at} title={dayAndTime(changed_at)}>
            {ago(changed_at, now)}
          </time>
          <span>{cells === 1 ? "1 cell" : `${cells} cells`}</span>
          {role === "owner" ? null : <span>you are its {role}</span>}
        </span>
      </Link>
      <Deeds {...props} />
      {error ? (
        <p role="alert" className="home-error">
          {error}
        </p>
      ) : null}
    </li>
  );
});

function StandingOf({
  notebook: { running = 0, asks = false, to_decide = 0 },
}: {
  readonly notebook: NotebookSummary;
}) {
  if (asks) return <span className="pill pill-warn">Waits for input</span>;
  if (to_decide > 0)
    return (
      <span className="pill pill-warn">
        {to_decide === 1 ? "Waits for a word" : `${to_decide} wait for a word`}
      </span>
    );
  if (running === 0) return null;
  return (
    <span className="pill pill-accent">
      <span className="home-busy" aria-hidden="true" />
      {running === 1 ? "Running" : `${running} to run`}
    </span>
  );
}

function Deeds({ notebook, act, ask }: RowProps) {
  const { notebook_id, title, role, archived = false } = notebook;
  const writes = role === "owner" || role === "editor";
  return (
    <Menu.Root>
      <Menu.Trigger
        className="icon-button home-deeds"
        aria-label={`What to do with ${title || "Untitled"}`}
      >
        <Ellipsis size={16} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-40">
          <Menu.Popup className="menu">
            <Menu.Item
              className="menu-item"
              disabled={!writes}
              onClick={() => ask("rename", notebook)}
            >
              Rename
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => act(notebook, duplicate)}>
              Duplicate
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => act(notebook, download)}>
              Download as .ipynb
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => go({ screen: "history", notebook_id })}>
              History
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => go({ screen: "people", notebook_id })}>
              People
            </Menu.Item>
            <Menu.Separator className="menu-line" />
            <Menu.Item
              className="menu-item"
              disabled={!writes}
              onClick={() => act(notebook, archive)}
            >
              {archived ? "Take out of the archive" : "Archive"}
            </Menu.Item>
            <Menu.Item
              className="menu-item menu-item-bad"
              disabled={role !== "owner"}
              onClick={() => ask("delete", notebook)}
            >
              Delete
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
