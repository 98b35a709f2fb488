// The workspace's own log: who was let in, what they may do, and what was refused.

import { useEffect, useState } from "react";
import type { RecordLine } from "../../generated.ts";
import type { About } from "../../wire/lines.ts";
import { Bar } from "../bar.tsx";
import "./history.css";
import { Narrowing } from "./narrowing.tsx";
import { useWorkspaceNaming } from "./naming.ts";
import { RecordDrawer } from "./record-drawer.tsx";
import { StoryList } from "./story-list.tsx";
import { useWorkspaceTelling, WORKSPACE } from "./telling.ts";

const ABOUTS: readonly About[] = ["people", "notebook", "refused"];

export default function AuditScreen() {
  const { stretches, narrowed, change, actors } = useWorkspaceTelling();
  const naming = useWorkspaceNaming();
  const [record, setRecord] = useState<RecordLine | null>(null);
  useEffect(() => {
    document.title = "Audit · In The Loop";
  }, []);
  return (
    <>
      <Bar />
      <main id="main" className="screen audit">
        <div className="screen-head">
          <h1>Audit</h1>
        </div>
        <p className="screen-lead">
          Who was let into this workspace, which roles and credentials there are, and what somebody
          tried and may not do. What happened in a notebook is in its own history.
        </p>
        <Narrowing narrowed={narrowed} change={change} abouts={ABOUTS} actors={actors} cells={[]} />
        <StoryList
          stretches={stretches}
          naming={naming}
          seq={record?.seq ?? null}
          look={setRecord}
          open={setRecord}
        />
        <RecordDrawer
          notebookId={WORKSPACE}
          line={record}
          naming={naming}
          go={setRecord}
          close={() => setRecord(null)}
        />
      </main>
    </>
  );
}
