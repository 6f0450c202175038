// Numbers as blocks, for a terminal.

const HEIGHTS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const WIDTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * The last `width` values, the newest at the right. The scale is the highest value, or `most` if that is higher. With fewer
 * values it begins with blanks.
 */
export function sparkline(values: readonly number[], width: number, most = 0): string {
  const shown = values.slice(-width).map((value) => Math.max(value || 0, 0));
  const top = Math.max(most, ...shown);
  const blocks = shown.map((value) => {
    if (value === 0) return HEIGHTS[0];
    const index = Math.ceil((value / top) * HEIGHTS.length) - 1;
    return HEIGHTS[Math.min(Math.max(index, 0), HEIGHTS.length - 1)];
  });
  return blocks.join('').padStart(width);
}

/** A bar that fills `share` (0 to 1) of `width` characters, to an eighth of one. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(share || 0, 0), 1) * width * 8);
  const whole = '█'.repeat(Math.floor(eighths / 8));
  return `${whole}${WIDTHS[eighths % 8]}`.padEnd(width);
}
