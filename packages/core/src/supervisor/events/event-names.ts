// Checks names of events at run time, for callers without a type checker.

import { didYouMean } from '../../checks/nearest-name.js';
import { shown } from '../../checks/option-checks.js';
import type { ClusterEvents } from '../../cluster.js';
import { InvalidOptionError } from '../../errors.js';

const EVENTS: Readonly<Record<keyof ClusterEvents, true>> = {
  workerStart: true,
  workerReady: true,
  workerExit: true,
  reloadStart: true,
  reloadEnd: true,
  scaled: true,
  roleDegraded: true,
  roleRecovered: true,
  roleStopped: true,
  stopping: true,
};

/** @throws InvalidOptionError if the name is not an event, or the listener is not a function */
export function assertListener(name: unknown, listener: unknown): void {
  const names = Object.keys(EVENTS);
  if (typeof name !== 'string' || !names.includes(name)) {
    const meant = didYouMean(typeof name === 'string' ? name : '', names);
    throw new InvalidOptionError(
      `on(): there is no event ${shown(name)}.${meant} There are ${names.join(', ')}.`,
    );
  }
  if (typeof listener === 'function') return;
  throw new InvalidOptionError(
    `on(): the listener of ${shown(name)} is a function; it got ${shown(listener)}.`,
  );
}
