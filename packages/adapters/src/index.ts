// The doors are the subpaths, one for each adapter. This one has what they share.
export { InvalidOptionError } from '@muster/store';
export { MissingPeerError } from './errors.js';
export type { AdapterOptions } from './shared/options.js';
