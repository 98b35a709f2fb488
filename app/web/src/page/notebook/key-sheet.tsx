// All keys on one sheet.

import { Dialog } from "@base-ui/react/dialog";
import { useRef } from "react";
import { ACTIONS } from "./commands.ts";
import { shownKeys } from "./keyboard.ts";
import "./key-sheet.css";

const GROUPS = ["Run", "Cells", "Text", "Move", "Fold", "Notebook"] as const;

export default function KeySheet({ close }: { readonly close: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog key-sheet" initialFocus={button}>
          <Dialog.Title className="text-lg font-semibold">Keys</Dialog.Title>
          <Dialog.Description className="text-sm text-quiet">
            Single letters work in command mode: press Escape to leave a text, Enter to go back in.
          </Dialog.Description>
          <div className="key-groups" tabIndex={0} role="group" aria-label="All keys">
            {GROUPS.map((group) => (
              <section key={group} aria-label={group}>
                <h2>{group}</h2>
                <dl>
                  {ACTIONS.filter((one) => one.group === group && one.keys).map((one) => (
                    <div key={one.id}>
                      <dt>{one.title}</dt>
                      <dd>
                        {shownKeys(one.keys?.[0] ?? "").map((key, place) => (
                          <kbd key={place}>{key}</kbd>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
          <Dialog.Close ref={button} className="button">Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
