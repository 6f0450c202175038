// How an engine of your own is opened.
import { shown } from '@muster/codec/options';
import type { Engine } from '../engine.js';
import { InvalidOptionError } from '../errors.js';

/** Options of the store that opens the engine. */
export interface DriverOptions {
  /** Milliseconds within which every call should settle. */
  readonly deadlineMs: number;
}

/** What `createSharedStore({ engine })` takes. */
export interface EngineDriver {
  /** The name of the engine, in `store.engine` and in diagnostics. `embedded` and `redis` are taken. */
  readonly kind: string;
  /** Called once for each store, by its first call, and again by the next call if it failed. The store closes the engine. */
  open(options: DriverOptions): Engine | Promise<Engine>;
}

const TAKEN = ['embedded', 'redis'];

/** @throws InvalidOptionError */
export function checkDriver(driver: EngineDriver): void {
  const { kind, open } = (driver ?? {}) as Partial<EngineDriver>;
  if (typeof kind !== 'string' || kind === '' || typeof open !== 'function') {
    throw new InvalidOptionError(
      `The engine option is an object { kind, open }, and not ${shown(driver)}; for a built-in engine, give a url`,
    );
  }
  if (TAKEN.includes(kind)) {
    throw new InvalidOptionError(
      `The kind ${shown(kind)} belongs to a built-in engine; choose another name`,
    );
  }
}
