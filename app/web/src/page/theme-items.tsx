// The choice of light and dark, for menus.

import { Menu } from "@base-ui/react/menu";
import { useState } from "react";
import { applyTheme, chooseTheme, THEMES, type Theme } from "./theme.ts";

export function ThemeItems() {
  const [theme, setTheme] = useState(applyTheme);
  return (
    <Menu.RadioGroup value={theme} onValueChange={(chosen: Theme) => setTheme(chooseTheme(chosen))}>
      {Object.entries(THEMES).map(([value, title]) => (
        <Menu.RadioItem key={value} value={value} className="menu-item" closeOnClick>
          <span>{title}</span>
          <Menu.RadioItemIndicator>✓</Menu.RadioItemIndicator>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
