// Which process of a cluster a test means.
import type { ClusterStatus } from '@muster/core';
import { InvalidOptionError } from '../errors.js';
import type { Target } from '../testing.js';

/** @throws InvalidOptionError */
export function checkTarget(target: Target): void {
  if (target === 'primary' || (Number.isSafeInteger(target) && target >= 0)) return;
  throw new InvalidOptionError("The target is a slot, such as 0, or 'primary'");
}

/** Of a slot that has several processes, the one that is ready; `undefined` if it has none. */
export function pidIn({ pid, workers }: ClusterStatus, target: Target): number | undefined {
  if (target === 'primary') return pid;
  const ofSlot = workers.filter(({ slot, pid }) => slot === target && pid !== undefined);
  return (ofSlot.find(({ state }) => state === 'ready') ?? ofSlot.at(-1))?.pid;
}
