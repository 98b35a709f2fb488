// Light, dark, or as the system is. Kept on this device.

import { Menu } from "@base-ui/react/menu";
import { useState } from "react";

const THEMES = { system: "As the system", light: "Light", dark: "Dark" } as const;
type Theme = keyof typeof THEMES;
const KEY = "intheloop.theme";

/** Show the theme that was chosen on this device. */
export function applyTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  const theme = kept === "light" || kept === "dark" ? kept : "system";
  document.documentElement.dataset["theme"] = theme;
  return theme;
}

export function ThemeItems() {
  const [theme, setTheme] = useState(applyTheme);
  const choose = (chosen: Theme): void => {
    localStorage.setItem(KEY, chosen);
    setTheme(applyTheme());
  };
  return (
    <Menu.RadioGroup value={theme} onValueChange={choose}>
      {Object.entries(THEMES).map(([value, title]) => (
        <Menu.RadioItem key={value} value={value} className="menu-item" closeOnClick>
          <span>{title}</span>
          <Menu.RadioItemIndicator>✓</Menu.RadioItemIndicator>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
