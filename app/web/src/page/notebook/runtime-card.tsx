// What the kernel in the header tells when somebody asks, and the way on without one.

import type { RefObject } from "react";
import type { KernelState } from "../../notebook/kernel.ts";
import { Card } from "../floating.tsx";
import { when } from "../moments.ts";
import type { Context } from "./action.ts";
import { action } from "./commands.ts";
import MemoryShown from "./memory.tsx";

interface Props {
  readonly context: Context;
  readonly kernel: KernelState;
  /** Whether this person is told of the kernel without asking. */
  readonly told: boolean;
}

export default function RuntimeCard({
  anchor,
  close,
  ...props
}: Props & {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly close: () => void;
}) {
  const { name, language } = props.kernel;
  return (
    <Card anchor={anchor} title={language ? `${name}, ${language}` : name} close={close}>
      <About {...props} />
    </Card>
  );
}

function About({ context, kernel, told }: Props) {
  const { runtime, running, queued } = kernel;
  if (!runtime) return <NoRuntime waits={queued > 0} />;
  return (
    <>
      <p className="mt-1 text-quiet">
        {runtime.label || "A runtime"} serves this notebook since{" "}
        {when(runtime.attached_at, Date.now())}.
        {running ? " It runs a cell." : " It is idle."}
      </p>
      {runtime.kernel_alive ? (
        <MemoryShown session={context.session} again={told} whole />
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
