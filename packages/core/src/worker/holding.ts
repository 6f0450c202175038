// Tells the primary, once, that this worker holds a lock or a job of the shared store.

import { onFirstHolding } from '@muster/codec/holding';
import { sendLifecycle } from '../channel/lifecycle-message.js';

export function reportHolding(): void {
  onFirstHolding(() => void sendLifecycle(process, { type: 'holds' }));
}
