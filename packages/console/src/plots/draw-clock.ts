// When canvases are drawn: all in one animation frame, after a sample or a change of what they show, and never in a page that
// nobody sees.
import { effect } from '@preact/signals';
import { model } from '../model/console.js';
import { shownTheme } from '../style/theme.js';

const drawers = new Set<() => void>();
let _frame: number | undefined;

/** Calls `draw` with each sample. Returns a function that ends this. */
export function onDraw(draw: () => void): () => void {
  drawers.add(draw);
  drawSoon();
  return () => drawers.delete(draw);
}

export function drawSoon(): void {
  _frame ??= requestAnimationFrame(() => {
    _frame = undefined;
    for (const draw of drawers) draw();
  });
}

effect(() => {
  model.tick.value;
  shownTheme.value;
  // A browser calls no animation frame while the page is hidden.
  drawSoon();
});
