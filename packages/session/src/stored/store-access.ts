// Every call to the store passes here: calls keep their order, fail at once while the store is known to be away, and reject
// with errors that show no session's id.
import type { SharedStore } from '@muster/store';
import type { StoreClock } from '../expiry/store-clock.js';
import { redact } from '../secrets/redact.js';
import { Availability, isUnavailable } from './availability.js';
import { EventLoopTurn } from './event-loop-turn.js';

interface StoreAccessOptions {
  readonly store: SharedStore;
  readonly clock: StoreClock;
  /** `onUnavailable: 'pass-through'` */
  readonly passesThrough: boolean;
  /** Whether keys in the store are ids of sessions. */
  readonly areKeysIds: boolean;
}

export class StoreAccess {
  readonly availability: Availability;
  readonly #options: StoreAccessOptions;
  readonly #turn: EventLoopTurn | undefined;

  constructor(options: StoreAccessOptions) {
    this.#options = options;
    this.availability = new Availability(options.store);
    this.#turn = options.store.engine === 'embedded' ? new EventLoopTurn() : undefined;
  }

  /** For calls that succeed or reject. */
  async call<Output>(calls: () => Promise<Output>): Promise<Output> {
    try {
      const wait = this.#ready();
      if (wait) await wait;
      return await calls();
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** For a request's calls: if the store is away, and requests go on without it (`pass-through`), resolves with `otherwise`. */
  async read<Output>(calls: () => Promise<Output>, otherwise: Output): Promise<Output> {
    try {
      const wait = this.#ready();
      if (wait) await wait;
      return await calls();
    } catch (error) {
      return this.#letThrough(error, otherwise);
    }
  }

  /** Like `read`, in one transaction with what other requests write in this turn of the event loop. */
  async write<Output>(calls: () => Promise<Output>, otherwise: Output): Promise<Output> {
    try {
      const wait = this.#ready();
      if (this.#turn) await this.#turn.end();
      else if (wait) await wait;
      return await calls();
    } catch (error) {
      return this.#letThrough(error, otherwise);
    }
  }

  /** To be awaited before a call; `undefined` if there is nothing to wait for, as an extra await would change the order. */
  #ready(): Promise<void> | undefined {
    this.availability.check();
    return this.#turn ? this.#turn.pending : this.#options.clock.pending;
  }

  #letThrough<Output>(error: unknown, otherwise: Output): Output {
    if (!this.#options.passesThrough || !isUnavailable(error)) throw this.#noted(error);
    this.availability.failed(error);
    return otherwise;
  }

  #noted(error: unknown): unknown {
    this.availability.failed(error);
    return redact(error, this.#options.areKeysIds);
  }
}
