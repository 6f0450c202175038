// NODE_DEBUG=muster-bus prints which members connect, join and leave, and what is listened to, refused and dropped. No payloads.

import { debuglog } from 'node:util';

export const trace = debuglog('muster-bus');
