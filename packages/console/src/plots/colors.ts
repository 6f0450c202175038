// The colours of canvases, out of the style sheet, read once for each theme.
import { shownTheme, type Theme } from '../style/theme.js';

export interface PlotColors {
  readonly lines: readonly string[];
  readonly grid: string;
  readonly text: string;
}

let known: { theme: Theme; colors: PlotColors } | undefined;

export function plotColors(): PlotColors {
  const theme = shownTheme.peek();
  if (known?.theme === theme) return known.colors;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const colors = {
    lines: ['--line-1', '--line-2', '--line-3'].map(read),
    grid: read('--grid'),
    text: read('--muted'),
  };
  known = { theme, colors };
  return colors;
}
