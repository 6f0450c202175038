// The life of the engine under a store: opened by the first call, closed once.

import { setImmediate } from 'node:timers';
import { withinDeadline } from '../api/deadline.js';
import type { Engine, EngineOptions } from '../engine.js';
import { Keyspace } from '../entries/keyspace.js';
import { DeadlineExceededError, StoreClosedError, StoreFailedError } from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import type { EngineKind } from '../store.js';
import { Clears } from './clears.js';
import { openerOf } from './open-engine.js';
import { Status } from './status.js';
import type { StoreTarget } from './target.js';

/** Entries of caches are evictable, since their values can be loaded again. */
const CACHES = Keyspace.own('cache').prefix;

/** Opened by the first call, and again by the next one where that failed; closed once. */
export class EngineLifecycle {
  readonly #target: StoreTarget;
  readonly #options: EngineOptions;
  readonly #lost: () => void;
  readonly status = new Status();
  readonly #evictable = new Set([CACHES]);
  readonly #clears = new Clears();
  #engine: Engine | undefined;
  #unwatch: (() => void) | undefined;
  /** The import of the engine's code. On a busy machine it may take long, which is not the engine's delay. */
  #loading: Promise<unknown> | undefined;
  #opening: Promise<Engine> | undefined;
  /** `close()` did not wait for the opening any longer. */
  #isGivenUp = false;
  #closing: Promise<void> | undefined;

  /** @param lost called when all data of the store is lost. */
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

  /** See StoreContext. */
  withEngine<Output>(use: (engine: Engine) => Output | Promise<Output>): Output | Promise<Output> {
    const engine = this.engine();
    return engine ? use(engine) : this.#opened().then((opened) => use(this.#clears.around(opened)));
  }

  /** See StoreContext. */
  async clear(prefix: string): Promise<void> {
    if (this.#closing) throw new StoreClosedError();
    await this.#clears.run(this.#opened(), prefix);
  }

  /** Each call waits for the opening within its own deadline; the opening goes on for later calls. */
  async #opened(): Promise<Engine> {
    this.#opening ??= this.#begin();
    await this.#loading;
    const { deadlineMs } = this.#options;
    return withinDeadline(this.#opening, deadlineMs, () => {
      const late = `The store could not be opened within ${deadlineMs} ms; the call was not carried out`;
      return new DeadlineExceededError(late);
    });
  }

  /** Allows the current engine, and each one that is opened later, to drop entries under this full prefix. */
  declareEvictable(prefix: string): void {
    this.#evictable.add(prefix);
    this.#engine?.declareEvictable(prefix);
  }

  /** @param before uses the engine one last time, when no call gets it any more. */
  close(before: () => Promise<void>): Promise<void> {
    this.status.close();
    this.#closing ??= this.#close(before);
    return this.#closing;
  }

  #begin(): Promise<Engine> {
    const loading = openerOf(this.#target);
    this.#loading = loading.catch(() => {});
    const opening = this.#start(loading);
    opening.catch(() => {
      this.#opening = undefined;
    });
    return opening;
  }

  async #start(loading: ReturnType<typeof openerOf>): Promise<Engine> {
    try {
      const open = await loading;
      const engine = await open(this.#options);
      if (this.#isGivenUp) {
        await engine.close();
        throw new StoreClosedError();
      }
      for (const prefix of this.#evictable) engine.declareEvictable(prefix);
      engine.watchLoss?.(this.#lost);
      this.#unwatch = engine.watchHealth((trouble) => this.status.report(trouble));
      this.#engine = engine;
      return engine;
    } catch (cause) {
      const error = isStoreRejection(cause)
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
      await this.#opened().catch(() => {});
      this.#isGivenUp = this.#engine === undefined;
      // Calls that have waited for the engine get it before it is closed.
      await new Promise(setImmediate);
    }
    try {
      await before();
      await this.#engine?.close();
    } finally {
      this.#unwatch?.();
    }
  }
}
