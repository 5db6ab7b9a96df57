// Light, dark or as the system has it; kept in this browser.

import { createStore } from "zustand/vanilla";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "mycoder.theme";

export const theme = createStore<Theme>(() => THEMES.find((one) => one === localStorage.getItem(KEY)) ?? "system");

export function setTheme(next: Theme): void {
  localStorage.setItem(KEY, next);
  theme.setState(next, true);
}

function show(next: Theme): void {
  if (next === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
}

show(theme.getState());
theme.subscribe(show);
