// Messages of the bus in this process. Where the app has no bus, none is created to count nothing.
import type { Bus } from '@muster/bus';
import type { Heartbeat } from '../../heartbeat.js';
import { hasBus } from '../bus-presence.js';

let bus: Bus | undefined;
let before = { sent: 0, received: 0 };

export async function takeBusInterval(): Promise<Heartbeat['bus']> {
  if (!bus) {
    if (!hasBus()) return undefined;
    const { createControlBus } = await import('@muster/bus/cluster');
    bus = createControlBus();
  }
  const { sent, received, bytes } = bus.stats();
  const taken = {
    sent: sent - before.sent,
    received: received - before.received,
    queuedBytes: bytes,
  };
  before = { sent, received };
  return taken;
}
