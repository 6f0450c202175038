// Node runs this as a main module after that of the app: it tells that Node has begun to load that one.

import { channel } from 'node:diagnostics_channel';
import { MAIN_BEGUN } from './main-begun.js';

channel(MAIN_BEGUN).publish(undefined);
