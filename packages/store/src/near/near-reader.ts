// Where a view or a cache reads: from a near cache if the engine has them, else from the engine itself.
import type { Engine } from '../engine.js';
import type { NearLimits, NearReads } from './contract.js';

export class NearReader {
  readonly #prefixes: readonly string[];
  readonly #limits: NearLimits | undefined;
  #engine: Engine | undefined;
  #reads: NearReads | undefined;

  /** @param limits `undefined`: there is no near cache. */
  constructor(prefixes: readonly string[], limits: NearLimits | undefined) {
    this.#prefixes = prefixes;
    this.#limits = limits;
  }

  of(engine: Engine): NearReads {
    if (!this.#limits) return engine;
    if (!this.#reads || this.#engine !== engine || this.#reads.isClosed) {
      this.#engine = engine;
      this.#reads = engine.near?.(this.#prefixes, this.#limits) ?? engine;
    }
    return this.#reads;
  }
}
