// Whether the log is as it was written: its chain of hashes is computed here, in the browser, from
// the log's export. Exports the log and the notebook, too.

import { Download, ShieldCheck, ShieldX } from "lucide-react";
import { useState } from "react";
import type { Verdict } from "../../verify.ts";
import { call } from "../../wire/calls.ts";
import { saveFile } from "../../wire/file.ts";
import { messageOf } from "../home/listing.ts";

type Standing = "unknown" | "checking" | Verdict | { readonly problem: string };

export function Chain({
  notebookId,
  at,
}: {
  readonly notebookId: string;
  readonly at: number | null;
}) {
  const [standing, setStanding] = useState<Standing>("unknown");
  const check = (): void => {
    setStanding("checking");
    verified(notebookId).then(setStanding, (error: unknown) =>
      setStanding({ problem: messageOf(error) }),
    );
  };
  const save = (format: "ipynb" | "log"): void => {
    call("export_notebook", {
      notebook_id: notebookId,
      format,
      ...(at === null ? {} : { at }),
    }).then(
      ({ name, content }) => saveFile(name, content, "application/octet-stream"),
      (error: unknown) => setStanding({ problem: messageOf(error) }),
    );
  };
  return (
    <div className="chain">
      <button
        type="button"
        className="text-button"
        onClick={check}
        disabled={standing === "checking"}
      >
        Verify the log
      </button>
      <span role="status" className="chain-standing">
        <ChainStanding standing={standing} />
      </span>
      <span className="grow" />
      <button
        type="button"
        className="text-button"
        onClick={() => save("log")}
        aria-label="Download the log as .jsonl"
      >
        <Download size={13} aria-hidden="true" /> .jsonl
      </button>
      <button
        type="button"
        className="text-button"
        onClick={() => save("ipynb")}
        aria-label={
          at === null
            ? "Download the notebook as .ipynb"
            : "Download the notebook of then as .ipynb"
        }
      >
        <Download size={13} aria-hidden="true" /> .ipynb
      </button>
    </div>
  );
}

function ChainStanding({ standing }: { readonly standing: Standing }) {
  if (standing === "unknown") return null;
  if (standing === "checking") return <>Checking every hash…</>;
  if ("problem" in standing) return <span className="chain-bad">{standing.problem}</span>;
  if (standing.fault !== null)
    return (
      <span className="chain-bad">
        <ShieldX size={14} aria-hidden="true" /> {standing.fault}
      </span>
    );
  const { seq, hash } = standing.head;
  return (
    <span className="chain-good" title={`Head ${hash}`}>
      <ShieldCheck size={14} aria-hidden="true" /> All {seq.toLocaleString("en")} records are as
      they were written · head {hash.slice(0, 8)}
    </span>
  );
}

async function verified(notebookId: string): Promise<Verdict> {
  const { content } = await call("export_notebook", { notebook_id: notebookId, format: "log" });
  const worker = new Worker(new URL("./verify.worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<Verdict>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Verdict>) => resolve(data);
      worker.onerror = () => reject(new Error("The log could not be checked in this browser."));
      worker.postMessage(content);
    });
  } finally {
    worker.terminate();
  }
}
