// Light, dark, or as the system is. Kept on this device.

export const THEMES = { system: "As the system", light: "Light", dark: "Dark" } as const;
export type Theme = keyof typeof THEMES;
const KEY = "intheloop.theme";

/** Show the theme that was chosen on this device. */
export function applyTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  const theme = kept === "light" || kept === "dark" ? kept : "system";
  document.documentElement.dataset["theme"] = theme;
  return theme;
}

/** Choose a theme for this device. */
export function chooseTheme(theme: Theme): Theme {
  localStorage.setItem(KEY, theme);
  return applyTheme();
}
