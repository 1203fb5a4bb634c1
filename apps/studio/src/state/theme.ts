import { computed, effect, signal } from "@preact/signals";

const system = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(system.matches);
system.addEventListener("change", () => {
  systemIsDark.value = system.matches;
});

/** What the user chose; the system's theme where nothing. */
const chosen = signal(read());

export const isDark = computed(() => (chosen.value ? chosen.value === "dark" : systemIsDark.value));

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
});

export function toggleTheme(): void {
  chosen.value = isDark.value ? "light" : "dark";
  try {
    localStorage.setItem("theme", chosen.value);
  } catch {
    // Private windows may refuse; the choice holds for this visit.
  }
}

function read(): string | undefined {
  try {
    return localStorage.getItem("theme") ?? undefined;
  } catch {
    return undefined;
  }
}
