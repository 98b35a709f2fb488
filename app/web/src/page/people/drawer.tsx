// The roles of a notebook beside its cells.

import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { Link } from "../router.tsx";
import "../history/history.css";
import { Roles } from "./roles.tsx";

export default function PeopleDrawer({
  notebookId,
  close,
}: {
  readonly notebookId: string;
  readonly close: () => void;
}) {
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="drawer">
          <div className="drawer-head">
            <Dialog.Title>People</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={16} />
            </Dialog.Close>
          </div>
          <div className="drawer-body">
            <Roles notebookId={notebookId} />
            <p className="people-note">
              Programs act with the role of the person that they act for.
              <Link to={{ screen: "connect" }} className="text-button">
                Connect an assistant
              </Link>
              <Link to={{ screen: "people", notebook_id: notebookId }} className="text-button">
                All people and programs
              </Link>
            </p>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
