// What views, sorted sets, limits, locks and caches share: the parts of their store.

import type { CloseSignal } from './api/close-signal.js';
import type { Engine } from './engine.js';
import type { ValueCodec } from './entries/value-codec.js';
import type { Leases } from './locks/leases/leases.js';
import type { Updates } from './values/updates.js';

export interface StoreContext {
  readonly kind: Engine['kind'];
  readonly deadlineMs: number;
  /**
   * Calls `use` with the engine: at once if it is open, and then without another promise than that of `use`.
   *
   * @throws StoreClosedError at once
   */
  withEngine<Output>(use: (engine: Engine) => Output | Promise<Output>): Output | Promise<Output>;
  /** `undefined` until the engine is open. @throws StoreClosedError */
  engine(): Engine | undefined;
  /** Whether the engine has reported that the data cannot be reached. */
  isDegraded(): boolean;
  /** Deletes every full key with this prefix that exists now. */
  clear(prefix: string): Promise<void>;
  readonly codec: ValueCodec;
  readonly updates: Updates;
  readonly leases: Leases;
  readonly closeSignal: CloseSignal;
}
