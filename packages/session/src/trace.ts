// What NODE_DEBUG=muster-session prints: what becomes of sessions. No ids, and nothing of what is in them.
import { debuglog } from 'node:util';

export const trace = debuglog('muster-session');
