// Tells the primary that this worker exits, because Node may never end it.

import { nextTick } from '@muster/codec/timers';
import { sendLifecycle } from '../channel/lifecycle-message.js';

/**
 * Once the app's own listeners for 'exit' have run, nothing but Node's shutdown is left, and from Node 22 on that may wait
 * for ever: `process.exit()` joins a thread that compiles, and the thread waits for a garbage collection by this one
 * (https://github.com/nodejs/node/issues/54918). The primary ends a worker that is still there later.
 */
export function announceExit(): void {
  process.on('exit', tell);
  // So that it stays the last one.
  process.on('newListener', (name, listener) => {
    if (name !== 'exit' || listener === tell) return;
    nextTick(() => {
      process.off('exit', tell);
      process.on('exit', tell);
    });
  });
}

function tell(code: unknown): void {
  // Some apps emit 'exit' by themselves, and go on.
  const { _exiting: exits } = process as { _exiting?: boolean };
  // A message that the channel has room for is written at once.
  if (exits) void sendLifecycle(process, { type: 'exits', code: Number(code) });
}
