// How long a round of chaos is: short in `pnpm test`, full in `pnpm chaos`.

const isFull = process.env.MUSTER_CHAOS === 'full';

/** Picks what a suite uses now: seconds, workers, kills, or an object of these. */
export function round<Size>(sizes: { readonly short: Size; readonly full: Size }): Size {
  return isFull ? sizes.full : sizes.short;
}
