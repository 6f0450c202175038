// What NODE_DEBUG=muster-bus prints: who connects, joins and leaves, what is listened to, refused and dropped. No payloads.

import { debuglog } from 'node:util';

export const trace = debuglog('muster-bus');
