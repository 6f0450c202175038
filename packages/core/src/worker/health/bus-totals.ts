// Counts the bus messages of this process. If the app has no bus, none is created.
import type { Bus } from '@muster/bus';
import type { ProcessTotals } from '../../channel/heartbeat.js';
import { hasBus } from '../app/bus-presence.js';

let bus: Bus | undefined;

/** From here on the totals are known, if there is a bus. */
export async function findBus(): Promise<void> {
  if (bus || !hasBus()) return;
  // Without a free file descriptor the module cannot be loaded; then the heartbeat has no bus totals.
  const module = await import('@muster/bus/cluster').catch(() => undefined);
  bus = module?.createControlBus();
}

export function busTotals(): ProcessTotals['bus'] {
  if (!bus) return undefined;
  const { sent, received, bytes } = bus.stats();
  return { sent, received, queuedBytes: bytes };
}
