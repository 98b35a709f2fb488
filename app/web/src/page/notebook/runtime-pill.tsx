// The kernel in the header: which one, whether it works, what waits; and the way on without one.

import { Suspense, useRef, useState } from "react";
import { useMyself, usePart } from "../loop.ts";
import { kernelOf, type KernelState } from "../../notebook/kernel.ts";
import type { Session } from "../../replica/session.ts";
import type { Notebook } from "../../state.ts";
import type { Context } from "./action.ts";
import { later } from "../../later.ts";

const Memory = later(() => import("./memory.tsx"));
const RuntimeCard = later(() => import("./runtime-card.tsx"));

export function RuntimePill({ context }: { readonly context: Context }) {
  const notebook = useKernel(context.session);
  const kernel = kernelOf(notebook);
  const { queued } = kernel;
  const state = stateOf(kernel, notebook);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const told = useTold(kernel, notebook);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="pill runtime"
        data-state={state}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="runtime-dot" aria-hidden="true" />
        <span className="sr-only">Kernel</span>{" "}
        <span className="runtime-name">{kernel.name}</span>{" "}
        <span className="runtime-state">{state}</span>{" "}
        {queued > 0 ? <span className="runtime-queued">{queued} queued</span> : null}
      </button>
      {told ? (
        <Suspense fallback={null}>
          <Memory session={context.session} again />
        </Suspense>
      ) : null}
      {open ? (
        <Suspense fallback={null}>
          <RuntimeCard
            context={context}
            kernel={kernel}
            told={told}
            anchor={button}
            close={() => setOpen(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}

/** The notebook as far as its kernel goes: what is typed is no news of it. */
function useKernel(session: Session): Notebook {
  usePart(session, ({ notebook }) => notebook.executions);
  usePart(session, ({ notebook }) => notebook.queue);
  usePart(session, ({ notebook }) => notebook.runtimes);
  usePart(session, ({ notebook }) => notebook.metadata);
  return session.shown.notebook;
}

/**
 * Whether this person is told how the kernel fares without asking for it: there is one, and it ran
 * something for them. Who may run nothing may ask nothing, and would be noted as refused.
 */
function useTold({ runtime }: KernelState, { executions }: Notebook): boolean {
  const myself = useMyself();
  if (!runtime?.kernel_alive || !myself) return false;
  return [...executions.values()].some((one) => one.requested_by === myself.id);
}

function stateOf(
  { runtime, running, queued }: KernelState,
  notebook: Notebook,
): string {
  if (running?.status === "adrift") return "out of reach";
  if (!runtime) return queued > 0 ? "no runtime" : "not started";
  if (runtime.restart_requested) return "restarting";
  if (running) return "busy";
  return runtime.kernel_alive || notebook.queue.length === 0 ? "idle" : "starting";
}
