// Light, dark, or as the system says. The colours themselves are in styles.css.
import { State } from "./state";

export type Theme = "system" | "light" | "dark";

const KEY = "tutti.theme";

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export const theme = new State<Theme>("system");

export function startTheme(): void {
  theme.set(stored());
  show(theme.snapshot());
}

export function chooseTheme(choice: Theme): void {
  localStorage.setItem(KEY, choice);
  theme.set(choice);
  show(choice);
}
