/**
 * Light, dark or as the system says. An entry of its own that every page loads before it paints, so a stored choice does
 * not flash.
 * @module
 */
import { readStored, writeStored } from "./browser-storage.ts";
import { makeIcon } from "./icons.ts";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "roost.theme";
const LABELS: Readonly<Record<Theme, string>> = { system: "as the system", light: "light", dark: "dark" };

function readTheme(): Theme {
  const stored = readStored(KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

function showTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const toggle = document.getElementById("theme");
  if (toggle === null) return;
  const label = `Colours: ${LABELS[theme]}`;
  toggle.title = label;
  toggle.setAttribute("aria-label", label);
  toggle.replaceChildren(makeIcon(theme));
}

let current = readTheme();
showTheme(current);

document.getElementById("theme")?.addEventListener("click", () => {
  current = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? "system";
  writeStored(KEY, current);
  showTheme(current);
});

addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  current = readTheme();
  showTheme(current);
});
