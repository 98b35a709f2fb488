// Asked before somebody signs their own browser out while something of theirs is not sent yet.

import { AlertDialog } from "@base-ui/react/alert-dialog";

export function SignOutQuestion({
  unsent,
  signOut,
  close,
}: {
  readonly unsent: number;
  readonly signOut: () => void;
  readonly close: () => void;
}) {
  const changes = unsent === 1 ? "One change of yours is" : `${unsent} changes of yours are`;
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog question">
          <AlertDialog.Title>Sign out before everything is sent?</AlertDialog.Title>
          <AlertDialog.Description>
            {changes} on this device alone. If it is this browser that you sign out,{" "}
            {unsent === 1 ? "it stays" : "they stay"} here, unseen by others, until you sign in here
            again.
          </AlertDialog.Description>
          <div className="question-buttons">
            <AlertDialog.Close className="button">Stay signed in</AlertDialog.Close>
            <button
              type="button"
              className="button button-bad"
              onClick={() => {
                close();
                signOut();
              }}
            >
              Sign out
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
