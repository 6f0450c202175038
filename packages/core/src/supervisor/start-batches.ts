// In which order the slots of a cluster start: a pure function.
import type { ClusterOptions } from '../cluster-options.js';

/**
 * Batches, each ready before the next begins. With `'one-first'`: the first of each role alone, then all others.
 *
 * @param slots in the order of their roles
 */
export function startBatches<Slot extends { readonly role: unknown }>(
  slots: readonly Slot[],
  start: NonNullable<ClusterOptions['start']>,
): Slot[][] {
  if (start === 'all') return [[...slots]];
  const firsts = new Map(slots.toReversed().map((slot) => [slot.role, slot]));
  const isFirst = (slot: Slot) => firsts.get(slot.role) === slot;
  const alone = slots.filter(isFirst).map((slot) => [slot]);
  return [...alone, slots.filter((slot) => !isFirst(slot))];
}
