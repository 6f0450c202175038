// What a cache needs of its store.
import type { Engine } from '../engine.js';
import type { Leases } from '../leases/leases.js';
import type { Values } from '../values.js';

export interface CacheContext {
  readonly kind: Engine['kind'];
  engine(): Engine | undefined;
  open(): Promise<Engine>;
  /** The engine says that the data cannot be reached, and will say when it can be. */
  isDegraded(): boolean;
  readonly values: Values;
  readonly leases: Leases;
  /** Deletes every key that starts with this, as it is now. */
  clear(prefix: string): Promise<void>;
}
