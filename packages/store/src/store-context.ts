// What a store gives to all that it makes: views, sorted sets, limits, locks and caches.

import type { CloseSignal } from './api/close-signal.js';
import type { Engine } from './engine.js';
import type { ValueCodec } from './entries/value-codec.js';
import type { Leases } from './locks/leases/leases.js';
import type { Updates } from './values/updates.js';

export interface StoreContext {
  readonly kind: Engine['kind'];
  readonly deadlineMs: number;
  /**
   * Gives the engine to `use`, at once where it is open, and then without a promise more than that of `use`.
   *
   * @throws StoreClosedError at once
   */
  withEngine<Output>(use: (engine: Engine) => Output | Promise<Output>): Output | Promise<Output>;
  /** `undefined` until the engine is open. @throws StoreClosedError */
  engine(): Engine | undefined;
  /** The engine says that the data cannot be reached, and will say when it can be. */
  isDegraded(): boolean;
  /** Deletes every key that starts with this, as it is now. */
  clear(prefix: string): Promise<void>;
  readonly codec: ValueCodec;
  readonly updates: Updates;
  readonly leases: Leases;
  readonly closeSignal: CloseSignal;
}
