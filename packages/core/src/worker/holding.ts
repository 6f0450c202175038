// Tells the primary, once, that this worker holds a lock or a job of the shared store. The packages that hold them say so on a
// channel of node:diagnostics_channel, so no store is loaded for it.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { sendLifecycle } from '../channel/lifecycle-message.js';

const CHANNEL = 'muster.holds';

export function reportHolding(): void {
  const tell = () => {
    unsubscribe(CHANNEL, tell);
    void sendLifecycle(process, { type: 'holds' });
  };
  subscribe(CHANNEL, tell);
}
