// Messages of the bus in this process. Where the app has no bus, none is created to count nothing.
import type { Bus } from '@muster/bus';
import type { ProcessTotals } from '../../channel/heartbeat.js';
import { hasBus } from '../app/bus-presence.js';

let bus: Bus | undefined;

/** From here on they are known, where there is a bus. */
export async function findBus(): Promise<void> {
  if (bus || !hasBus()) return;
  // Without a file descriptor left it cannot be loaded; then the heartbeat has no counts of it.
  const module = await import('@muster/bus/cluster').catch(() => undefined);
  bus = module?.createControlBus();
}

export function busTotals(): ProcessTotals['bus'] {
  if (!bus) return undefined;
  const { sent, received, bytes } = bus.stats();
  return { sent, received, queuedBytes: bytes };
}
