// Says on a channel of node:diagnostics_channel that this process holds jobs. A worker of @muster/core listens.
import { channel } from 'node:diagnostics_channel';

const holds = channel('muster.holds');

export function tellHolding(): void {
  holds.publish(undefined);
}
