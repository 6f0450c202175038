// What the primary of a cluster tells the bench: how long its start took, and its memory whenever it is asked.
// @ts-check

/** @param {number} readyMs */
export function tell(readyMs) {
  process.on('message', () => process.send?.({ readyMs, rss: process.memoryUsage.rss() }));
  process.send?.({ readyMs, rss: process.memoryUsage.rss() });
}
