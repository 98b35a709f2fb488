// The kernel in the header: which one, whether it works, what waits; and the way on without one.

import { Suspense, useRef, useState } from "react";
import { useMyself } from "../loop.ts";
import { kernelOf, type KernelState } from "../../notebook/kernel.ts";
import type { Notebook } from "../../state.ts";
import { action, type Context } from "./commands.ts";
import { later } from "../../later.ts";

const Memory = later(() => import("./memory.tsx"));
const Card = later(async () => ({ default: (await import("../floating.tsx")).Card }));

export function RuntimePill({
  context,
  notebook,
}: {
  readonly context: Context;
  readonly notebook: Notebook;
}) {
  const kernel = kernelOf(notebook);
  const { queued } = kernel;
  const state = stateOf(kernel, notebook);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const told = useTold(kernel, notebook);
  const title = kernel.language ? `${kernel.name}, ${kernel.language}` : kernel.name;
  return (
    <>
      <button
        ref={button}
        type="button"
        className="pill runtime"
        data-state={state}
        aria-label={`Kernel ${kernel.name} ${state} ${queued > 0 ? `${queued} queued` : ""}`.trim()}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="runtime-dot" aria-hidden="true" />
        <span className="wide-only">{kernel.name}</span>{" "}
        <span className="runtime-state">{state}</span>{" "}
        {queued > 0 ? <span>{queued} queued</span> : null}
        {told ? (
          <Suspense fallback={null}>
            <Memory session={context.session} again />
          </Suspense>
        ) : null}
      </button>
      {open ? (
        <Suspense fallback={null}>
          <Card anchor={button} title={title} close={() => setOpen(false)}>
            <About context={context} kernel={kernel} told={told} />
          </Card>
        </Suspense>
      ) : null}
    </>
  );
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

function About({
  context,
  kernel,
  told,
}: {
  readonly context: Context;
  readonly kernel: KernelState;
  readonly told: boolean;
}) {
  const { runtime, running, queued } = kernel;
  if (!runtime) return <NoRuntime waits={queued > 0} />;
  return (
    <>
      <p className="mt-1 text-quiet">
        {runtime.label || "A runtime"} serves this notebook since{" "}
        {new Date(runtime.attached_at).toLocaleString()}.
        {running ? " It runs a cell." : " It is idle."}
      </p>
      {runtime.kernel_alive ? (
        <Suspense fallback={null}>
          <Memory session={context.session} again={told} whole />
        </Suspense>
      ) : null}
      <div className="mt-3 flex flex-wrap gap-2">
        {["interrupt", "restart", "restart-run-all"].map(action).map((one) => (
          <button key={one.id} type="button" className="button" onClick={() => one.run(context)}>
            {one.title}
          </button>
        ))}
      </div>
    </>
  );
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

function NoRuntime({ waits }: { readonly waits: boolean }) {
  return (
    <div className="mt-1 text-quiet">
      <p>
        {waits
          ? "What you asked to run waits in the log until a runtime takes it."
          : "A kernel starts with the first cell that you run."}
      </p>
      <p className="mt-2">If none comes, start one on any machine that reaches this server:</p>
      <pre className="mt-2 rounded bg-sunk p-2 text-xs">intheloop runtime</pre>
    </div>
  );
}
