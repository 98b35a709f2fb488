// The screens, and what stands around all of them. Each loads when it is gone to.

import { Suspense } from "react";
import { NotebookScreen } from "./notebook/screen.tsx";
import { usePlace, type Place } from "./router.tsx";
import { later } from "../later.ts";

const HomeScreen = later(() => import("./home/screen.tsx"));
const HistoryScreen = later(() => import("./history/screen.tsx"));
const AuditScreen = later(() => import("./history/audit-screen.tsx"));
const ConnectScreen = later(() => import("./connect/screen.tsx"));
const PeopleScreen = later(() => import("./people/screen.tsx"));

export function App() {
  const place = usePlace();
  return (
    <Suspense
      fallback={
        <p className="p-8 text-center text-quiet" role="status">
          Opening…
        </p>
      }
    >
      <Screen place={place} />
    </Suspense>
  );
}

function Screen({ place }: { readonly place: Place }) {
  switch (place.screen) {
    case "home":
      return <HomeScreen />;
    case "notebook":
      return <NotebookScreen key={place.notebook_id} notebookId={place.notebook_id} />;
    case "history": {
      const { notebook_id, at = null, from = null } = place;
      return <HistoryScreen key={notebook_id} notebookId={notebook_id} at={at} from={from} />;
    }
    case "audit":
      return <AuditScreen />;
    case "connect":
      return <ConnectScreen />;
    case "people":
      return <PeopleScreen notebookId={place.notebook_id ?? null} />;
  }
}
