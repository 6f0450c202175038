// Describes slots whose workers fail again and again.
import type { Degradation } from '../../worker-status.js';
import type { SlotReport } from '../slot/contract.js';

/** `undefined` if all is well. */
export function degradationOf(slots: readonly SlotReport[]): Degradation | undefined {
  const failingSlots = slots.flatMap(({ slot, failing, isOver }) =>
    failing && !isOver ? [{ slot, ...failing }] : [],
  );
  const [first, ...others] = failingSlots;
  if (!first) return undefined;
  const since = Math.min(...failingSlots.map((one) => one.since));
  const more =
    ['', ', and 1 more slot fails'][others.length] ?? `, and ${others.length} more slots fail`;
  const times = first.failures > 1 ? `, ${first.failures} times in a row` : '';
  return {
    since,
    slots: failingSlots.map(({ slot }) => slot),
    reason: `${first.reason}${times}${more}`,
  };
}
