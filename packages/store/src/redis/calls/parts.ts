// A call whose keys are in several slots is sent as several commands.
import { OutcomeUnknownError, type StoreError } from '../../errors.js';
import { type CallName, describe } from './failure.js';

/** Positions of `names`, by slot. */
export function bySlot(
  names: readonly string[],
  slotOf: (name: string) => number,
): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  for (const [position, name] of names.entries()) {
    const slot = slotOf(name);
    const others = positions.get(slot);
    if (others) others.push(position);
    else positions.set(slot, [position]);
  }
  return positions;
}

/** The items at these positions. */
export function pick<Item>(items: readonly Item[], positions: readonly number[]): Item[] {
  return positions.map((position) => items[position] as Item);
}

/**
 * Waits for all parts of a call. If all fail, it rejects with the first error. If only some do, the outcome of a write is unknown.
 *
 * @throws StoreError
 */
export async function together<Output>(
  name: CallName,
  parts: readonly Promise<Output>[],
): Promise<Output[]> {
  const outputs: Output[] = [];
  const errors: StoreError[] = [];
  for (const result of await Promise.allSettled(parts)) {
    if (result.status === 'fulfilled') outputs.push(result.value);
    else errors.push(result.reason);
  }
  const [first] = errors;
  if (!first) return outputs;
  const unknown = errors.find((error) => error instanceof OutcomeUnknownError);
  if (outputs.length === 0 && (!unknown || parts.length === 1)) throw first;
  throw new OutcomeUnknownError(
    `${describe(name)} was carried out for some of its slots only, or may have been: ${(unknown ?? first).message}`,
    undefined,
    { cause: unknown ?? first },
  );
}
