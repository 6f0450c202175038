// Names for all that their calls take and give.
export type * from '@muster/bus';
export { createBus } from '@muster/bus';
export type * from '@muster/machines';
export type * from '@muster/store';
export { createSharedStore } from '@muster/store';
export * from './supervision.js';
