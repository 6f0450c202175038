// `@muster/store/engine`: what an engine of your own is made of. `createSharedStore({ engine })` takes its driver.
export type {
  Condition,
  Engine,
  Entry,
  KeysOptions,
  Procedure,
  ScanPage,
  Transaction,
} from '../engine.js';
export type { Lifetime } from '../entries/lifetime.js';
export type { Change, MemoryOptions } from '../memory/contract.js';
export { inMemory } from '../memory/in-memory.js';
export type { DriverOptions, EngineDriver } from './driver.js';
