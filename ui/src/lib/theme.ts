// Light, dark, or as the system says. Kept in this browser.
export type Theme = "system" | "light" | "dark";

const KEY = "codex32-theme";
const dark = () => matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function setTheme(chosen: Theme) {
  if (chosen === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  applyTheme();
}

export function applyTheme() {
  const chosen = theme();
  document.documentElement.dataset.theme =
    chosen === "system" ? (dark().matches ? "dark" : "light") : chosen;
}

export function watchSystemTheme() {
  dark().addEventListener("change", applyTheme);
}
