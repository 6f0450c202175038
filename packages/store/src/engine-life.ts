// The life of the engine under a store: opened by the first call, closed once.
import { setImmediate } from 'node:timers';
import { Clears } from './clears.js';
import type { Engine } from './engine.js';
import { StoreClosedError, StoreError, StoreFailedError } from './errors.js';
import { Keyspace } from './keyspace.js';
import { openEngine } from './open-engine.js';
import type { EngineOptions } from './shared-store.js';
import { Status } from './status.js';
import type { EngineKind } from './store.js';
import type { StoreTarget } from './target.js';

/** Entries of caches: what can be loaded again goes first where there is no room. */
const CACHES = Keyspace.own('cache').prefix;

/** Opened by the first call, and again by the next one where that failed; closed once. */
export class EngineLife {
  readonly #target: StoreTarget;
  readonly #options: EngineOptions;
  readonly #lost: () => void;
  readonly status = new Status();
  readonly #evictable = new Set([CACHES]);
  readonly #clears = new Clears();
  #engine: Engine | undefined;
  #unwatch: (() => void) | undefined;
  #opening: Promise<Engine> | undefined;
  #closing: Promise<void> | undefined;

  /** @param lost called when all that the store held is gone. */
  constructor(target: StoreTarget, options: EngineOptions, lost: () => void) {
    this.#target = target;
    this.#options = options;
    this.#lost = lost;
  }

  get kind(): EngineKind {
    const target = this.#target;
    return target.engine === 'own' ? target.driver.kind : target.engine;
  }

  engine(): Engine | undefined {
    if (this.#closing) throw new StoreClosedError();
    return this.#engine && this.#clears.around(this.#engine);
  }

  async open(): Promise<Engine> {
    return this.#clears.around(await this.#opened());
  }

  /** Deletes every key that starts with this, as it is now. */
  async clear(prefix: string): Promise<void> {
    if (this.#closing) throw new StoreClosedError();
    await this.#clears.run(this.#opened(), prefix);
  }

  async #opened(): Promise<Engine> {
    this.#opening ??= this.#start();
    try {
      this.#engine = await this.#opening;
      return this.#engine;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** Entries that start with this may go where there is no room: now, and whenever an engine is opened. */
  declareEvictable(prefix: string): void {
    this.#evictable.add(prefix);
    this.#engine?.declareEvictable(prefix);
  }

  /** @param before what is still to be done with the engine, once no call gets it any more. */
  close(before: () => Promise<void>): Promise<void> {
    this.status.close();
    this.#closing ??= this.#close(before);
    return this.#closing;
  }

  async #start(): Promise<Engine> {
    try {
      const engine = await openEngine(this.#target, this.#options);
      for (const prefix of this.#evictable) engine.declareEvictable(prefix);
      engine.watchLoss?.(this.#lost);
      this.#unwatch = engine.watchHealth((trouble) => this.status.report(trouble));
      return engine;
    } catch (cause) {
      const error =
        cause instanceof StoreError
          ? cause
          : new StoreFailedError(
              'The engine could not be opened; its cause says why, and the next call tries again',
              undefined,
              { cause },
            );
      this.status.report(error);
      throw error;
    }
  }

  async #close(before: () => Promise<void>): Promise<void> {
    if (!this.#engine && this.#opening) {
      await this.#opening.catch(() => {});
      // The calls that waited for it, too, now have it before it is closed.
      await new Promise(setImmediate);
    }
    await before();
    await this.#engine?.close();
    this.#unwatch?.();
  }
}
