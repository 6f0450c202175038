// Ends a process that has drained.
import { hasBus } from '../app/bus-presence.js';
import type { DeferredExit } from './deferred-exit.js';
import { after } from './drain-time.js';

/** Milliseconds for whatever still keeps the process alive, if the app handles SIGTERM and has not called `process.exit()`. */
const LEFTOVERS_MS = 10_000;

/**
 * Ends the process once everything sent over the bus has left.
 *
 * An app that handles SIGTERM and does not exit expects Node's behaviour: the process ends when nothing keeps it alive.
 *
 * @param exit set if the app handles SIGTERM
 * @param leftMs until the end of the drain
 */
export async function exitAfterDrain(
  exit: DeferredExit | undefined,
  leftMs: number,
): Promise<void> {
  // Otherwise Node would exit with 13 if a module awaits something for ever.
  process.exitCode ??= 0;
  if (exit && !exit.wasAsked) {
    process.channel?.unref();
    const leftovers = new Promise<void>((resolve) => {
      process.once('beforeExit', () => resolve());
      after(Math.min(LEFTOVERS_MS, Math.max(0, leftMs)), () => {
        reportLeftovers();
        resolve();
      });
    });
    await Promise.race([leftovers, exit.asked]);
  }
  if (hasBus()) await (await import('@muster/bus')).createBus().close();
  if (exit?.wasAsked) exit.now();
  // If nothing else keeps the process alive, it ends by itself now, and its listeners for 'beforeExit' are called.
  process.channel?.unref();
  after(0, () => (exit ? exit.now() : process.exit()));
}

function reportLeftovers(): void {
  const resources = process.getActiveResourcesInfo().join(', ');
  console.error(
    `muster: this worker handles SIGTERM, and something still keeps it alive (${resources}): it is ended. A listener ` +
      'that needs longer returns a promise, or calls process.exit() when it is done.',
  );
}
