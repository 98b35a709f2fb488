// The notebooks that open without the server: those that were open last, as this device has them.

import { useEffect, useState } from "react";
import { shelf, type Shelved } from "../../replica/shelf.ts";
import { ago } from "../moments.ts";
import { Link } from "../router.tsx";

export function OnThisDevice({ now }: { readonly now: number }) {
  const [kept, setKept] = useState<readonly Shelved[]>([]);
  useEffect(() => {
    shelf().then(setKept, () => {});
  }, []);
  if (kept.length === 0) return null;
  return (
    <section aria-label="On this device">
      <p className="home-note">
        These were open on this device last. They can be read and written; what you change goes out
        once the server is there.
      </p>
      <ul className="home-list" aria-label="Notebooks on this device">
        {kept.map(({ notebook_id, title, as_of }) => (
          <li key={notebook_id} className="home-row">
            <Link to={{ screen: "notebook", notebook_id }} className="home-link">
              <span className="home-title">{title || "Untitled"}</span>
              <span className="home-facts">as of {ago(new Date(as_of).toISOString(), now)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
