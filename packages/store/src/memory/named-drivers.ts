// `memory:` and `memory:name`: the built-in engine for one process, with nothing on disk.
import type { EngineDriver } from '../engine/driver.js';
import { sharedEngine } from './in-memory.js';

/** By URL. */
const drivers = new Map<string, EngineDriver>();

/** Stores of one URL share their data, until the last of them is closed. */
export function memoryDriver(url: string): EngineDriver {
  let driver = drivers.get(url);
  if (!driver) {
    const engine = sharedEngine({
      kind: 'memory',
      close() {
        // It may have been opened again meanwhile.
        if (!engine.isOpen()) drivers.delete(url);
      },
    });
    driver = engine.driver;
    drivers.set(url, driver);
  }
  return driver;
}
