// The screens, and what stands around all of them.

import { HomeScreen } from "./home.tsx";
import { NotebookScreen } from "./notebook/screen.tsx";
import { usePlace } from "./router.tsx";

export function App() {
  const place = usePlace();
  switch (place.screen) {
    case "home":
      return <HomeScreen />;
    case "notebook":
      return <NotebookScreen key={place.notebook_id} notebookId={place.notebook_id} />;
  }
}
