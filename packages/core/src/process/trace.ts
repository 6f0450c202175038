// What NODE_DEBUG=muster-core prints: forks, exits, what each slot does, signals, control calls, drains. No stored values.
import { debuglog } from 'node:util';

export const trace = debuglog('muster-core');
