// `memory:` and `memory:name`: the built-in engine for one process, with nothing on disk.
import type { EngineDriver } from '../engine/driver.js';
import { inMemory } from './in-memory.js';

/** By URL. */
const drivers = new Map<string, EngineDriver>();

/** Stores of one URL share their data, until the last of them is closed. */
export function memoryDriver(url: string): EngineDriver {
  let driver = drivers.get(url);
  if (!driver) {
    driver = inMemory({ kind: 'memory', close: () => void drivers.delete(url) });
    drivers.set(url, driver);
  }
  return driver;
}
