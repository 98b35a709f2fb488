// People and what acts for them: roles in a notebook, the people of the workspace, credentials.

import { useEffect, useState } from "react";
import type { NotebookSummary } from "../../generated.ts";
import { call } from "../../wire/calls.ts";
import { Bar } from "../bar.tsx";
import { useCredentials } from "../connect/credentials.ts";
import "../connect/connect.css";
import { go } from "../router.tsx";
import { Everybody } from "./everybody.tsx";
import "./people.css";
import { Programs } from "./programs.tsx";
import { Roles } from "./roles.tsx";

export default function PeopleScreen({ notebookId }: { readonly notebookId: string | null }) {
  const [notebooks, setNotebooks] = useState<readonly NotebookSummary[]>([]);
  const known = useCredentials();
  useEffect(() => {
    document.title = "People · In The Loop";
    call("list_notebooks", { archived: true })
      .then((found) => setNotebooks(found.notebooks))
      .catch(() => {}); // people and programs are told without them
  }, []);
  return (
    <>
      <Bar />
      <main id="main" className="screen people">
        <div className="screen-head">
          <h1>People</h1>
        </div>
        {notebooks.length > 0 ? (
          <section>
            <div className="people-head">
              <h2>Roles in</h2>
              <select
                className="people-role people-notebook"
                aria-label="Notebook"
                value={notebookId ?? ""}
                onChange={({ target }) =>
                  go({ screen: "people", ...(target.value ? { notebook_id: target.value } : {}) })
                }
              >
                <option value="">Choose a notebook</option>
                {notebooks.map(({ notebook_id, title }) => (
                  <option key={notebook_id} value={notebook_id}>
                    {title || "Untitled"}
                  </option>
                ))}
              </select>
            </div>
            {notebookId ? <Roles key={notebookId} notebookId={notebookId} /> : null}
          </section>
        ) : null}
        <section>
          <Everybody known={known} />
        </section>
        <section>
          <Programs known={known} />
        </section>
      </main>
    </>
  );
}
