// Where a view or a cache reads: what is kept near by, where the engine does that, and the engine itself where not.
import type { Engine } from '../engine.js';
import type { NearLimits, NearReads } from './contract.js';

export class NearReader {
  readonly #prefixes: readonly string[];
  readonly #limits: NearLimits | undefined;
  #engine: Engine | undefined;
  #reads: NearReads | undefined;

  /** @param limits `undefined`: nothing is kept. */
  constructor(prefixes: readonly string[], limits: NearLimits | undefined) {
    this.#prefixes = prefixes;
    this.#limits = limits;
  }

  of(engine: Engine): NearReads {
    if (!this.#limits) return engine;
    if (!this.#reads || this.#engine !== engine) {
      this.#engine = engine;
      this.#reads = engine.near?.(this.#prefixes, this.#limits) ?? engine;
    }
    return this.#reads;
  }
}
