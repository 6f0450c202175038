// How an engine that is not one of the store's own is opened.
import { shown } from '@muster/codec/options';
import type { Engine } from '../engine.js';
import { InvalidOptionError } from '../errors.js';

/** Of the store that opens it. */
export interface DriverOptions {
  /** Every call is to settle within this. */
  readonly deadlineMs: number;
}

/** What `createSharedStore({ engine })` takes. */
export interface EngineDriver {
  /** A name for it, as in `store.engine` and in diagnostics. `embedded` and `redis` are taken. */
  readonly kind: string;
  /** Called by the first call of each store, and again by the next one where it failed. The store closes what it gives. */
  open(options: DriverOptions): Engine | Promise<Engine>;
}

const TAKEN = ['embedded', 'redis'];

/** @throws InvalidOptionError */
export function checkDriver(driver: EngineDriver): void {
  const { kind, open } = (driver ?? {}) as Partial<EngineDriver>;
  if (typeof kind !== 'string' || kind === '' || typeof open !== 'function') {
    throw new InvalidOptionError(
      `The engine option is an object { kind, open }, and not ${shown(driver)}; for the engines of the store itself, give a url`,
    );
  }
  if (TAKEN.includes(kind)) {
    throw new InvalidOptionError(
      `The kind ${shown(kind)} is that of an engine of the store itself`,
    );
  }
}
