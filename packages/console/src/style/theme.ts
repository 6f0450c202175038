// Light or dark: as the system has it, unless the user has said otherwise.
import { computed, effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const NAME = 'muster.console.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const ofSystem = signal<Theme>(dark.matches ? 'dark' : 'light');
const chosen = signal<Theme | undefined>(readChoice());

export const shownTheme = computed<Theme>(() => chosen.value ?? ofSystem.value);

/** The choice is forgotten when it is what the system says. */
export function switchTheme(): void {
  const next = shownTheme.value === 'dark' ? 'light' : 'dark';
  chosen.value = next === ofSystem.value ? undefined : next;
  try {
    if (chosen.value === undefined) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, chosen.value);
  } catch {
    // The choice lasts until the page is left.
  }
}

function readChoice(): Theme | undefined {
  try {
    const kept = localStorage.getItem(NAME);
    return kept === 'light' || kept === 'dark' ? kept : undefined;
  } catch {
    return undefined;
  }
}

dark.addEventListener('change', () => {
  ofSystem.value = dark.matches ? 'dark' : 'light';
});
effect(() => {
  document.documentElement.dataset.theme = shownTheme.value;
});
