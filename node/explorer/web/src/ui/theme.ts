// Light and dark: the system's choice until the reader makes another.

import { useEffect, useReducer } from "preact/hooks";

type Choice = "light" | "dark" | "system";
const key = "probity-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): Choice {
  try {
    const v = localStorage.getItem(key);
    return v === "light" || v === "dark" ? v : "system";
  } catch {
    return "system";
  }
}

let choice = stored();
const isDark = (): boolean => (choice === "system" ? system.matches : choice === "dark");

export function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const f of listeners) f();
}

system.addEventListener("change", apply);

export function toggle(): void {
  choice = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(key, choice);
  } catch {
    // It holds for this visit then.
  }
  apply();
}

export function useTheme(): { dark: boolean } {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const f = () => again(0);
    listeners.add(f);
    return () => void listeners.delete(f);
  }, []);
  const dark = isDark();
  useEffect(() => {
    if ((document.documentElement.dataset.theme === "dark") !== dark) apply();
  }, [dark]);
  return { dark };
}
