// When a worker serves, as far as its listening servers show.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  allListen,
  hasListenCalls,
  listenAddresses,
  onListenChange,
} from '../servers/listen-tracker.js';
import { settling } from './settling.js';

/** Settles when one server listens, whatever the others do. */
export function untilFirstListens(): Promise<void> {
  return until(() => listenAddresses().length > 0);
}

/** Settles when at least one server listens, and so does every other on which `listen()` was called. */
export function untilListening(): Promise<void> {
  return until(() => hasListenCalls() && allListen());
}

/**
 * Settles when every server on which `listen()` was called listens. If there is none, settles once the process has come to
 * rest (settling.ts).
 *
 * @param settleMs 0: at once
 * @param mostMs milliseconds after which the process counts as settled, whatever it does
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
      // A server that is closed at once was only opened to check whether its port is free.
      await nextTurn();
      if (holds()) return;
    }
  }
}
