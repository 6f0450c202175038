// A process says that it holds something in the store, such as a lock or a job. A worker of @muster/core listens, and loads no
// store for it.

import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

const NAME = 'muster.holds';
const holds = channel(NAME);

export function tellHolding(): void {
  holds.publish(undefined);
}

/** Calls `listener` once, the first time that this process holds something from now on. */
export function onFirstHolding(listener: () => void): void {
  const told = () => {
    unsubscribe(NAME, told);
    listener();
  };
  subscribe(NAME, told);
}
