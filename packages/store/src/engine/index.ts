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
export type { DriverOptions, EngineDriver } from '../engine-driver.js';
export { type Change, inMemory, type MemoryOptions } from '../memory/in-memory.js';
export type { Lifetime } from '../values/lifetime.js';
