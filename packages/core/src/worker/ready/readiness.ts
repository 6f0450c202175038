// When a worker serves, as far as that can be seen from what it listens on.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  allListen,
  hasListenCalls,
  listenAddresses,
  onListenChange,
} from '../servers/listen-tracker.js';
import { settling } from './settling.js';

/** Settles when something listens, whatever else is to. */
export function untilFirstListens(): Promise<void> {
  return until(() => listenAddresses().length > 0);
}

/** Settles when something listens, and everything that was told to does. */
export function untilListening(): Promise<void> {
  return until(() => hasListenCalls() && allListen());
}

/**
 * Settles when everything that was told to listen does; where nothing was, not before the process has settled down
 * without (settling.ts).
 *
 * @param settleMs 0: at once
 * @param mostMs after which the process counts as settled, whatever it does
 */
export async function untilListeningOrSettled(settleMs: number, mostMs: number): Promise<void> {
  const settled = settling(settleMs, mostMs, changed);
  await until(() => (hasListenCalls() || settled.over) && allListen());
  settled.stop();
}

const waiting = new Set<() => void>();
onListenChange(changed);

function changed(): void {
  for (const look of waiting) look();
  waiting.clear();
}

async function until(holds: () => boolean): Promise<void> {
  for (;;) {
    if (!holds()) {
      await new Promise<void>((resolve) => waiting.add(resolve));
    } else {
      // One that is closed at once was opened to see whether its port is free.
      await nextTurn();
      if (holds()) return;
    }
  }
}
