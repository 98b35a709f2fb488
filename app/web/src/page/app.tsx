// The screens, and what stands around all of them. What is not needed for a notebook loads when asked for.

import { lazy, Suspense } from "react";
import { HomeScreen } from "./home/screen.tsx";
import { NotebookScreen } from "./notebook/screen.tsx";
import { usePlace, type Place } from "./router.tsx";

const HistoryScreen = lazy(async () => ({
  default: (await import("./history/screen.tsx")).HistoryScreen,
}));
const AuditScreen = lazy(async () => ({
  default: (await import("./history/audit-screen.tsx")).AuditScreen,
}));

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
      const { notebook_id, at = null } = place;
      return <HistoryScreen key={notebook_id} notebookId={notebook_id} at={at} />;
    }
    case "audit":
      return <AuditScreen />;
    default:
      return <HomeScreen />;
  }
}
