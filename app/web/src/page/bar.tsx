// What stands above every screen but a notebook: the way to the others, and the theme.

import { Menu } from "@base-ui/react/menu";
import { SunMoon } from "lucide-react";
import { Link, usePlace, type Place } from "./router.tsx";
import { ThemeItems } from "./theme-items.tsx";
import "./bar.css";

const SCREENS: readonly (readonly [Place, string])[] = [
  [{ screen: "home" }, "Notebooks"],
  [{ screen: "people" }, "People"],
  [{ screen: "connect" }, "Connect"],
  [{ screen: "audit" }, "Audit"],
];

export function Bar() {
  const { screen } = usePlace();
  return (
    <header className="bar">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Link to={{ screen: "home" }} className="header-home" aria-label="In The Loop">
        <span className="logo" aria-hidden="true" />
      </Link>
      <nav aria-label="Screens" className="bar-screens">
        {SCREENS.map(([place, title]) => (
          <Link key={title} to={place} aria-current={place.screen === screen ? "page" : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <span className="grow" />
      <Menu.Root>
        <Menu.Trigger className="icon-button" aria-label="Light or dark">
          <SunMoon size={16} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={6} className="z-40">
            <Menu.Popup className="menu">
              <ThemeItems />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </header>
  );
}
