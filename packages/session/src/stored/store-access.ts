// How calls get to the store: in the order they were made in, not while it is known to be away, and with errors that tell
// no session's id.
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

  /** Calls that are to succeed or to fail. */
  async call<Output>(calls: () => Promise<Output>): Promise<Output> {
    try {
      const wait = this.#ready();
      if (wait) await wait;
      return await calls();
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** Calls of a request, which goes on where the store is away and the option says so: then they give `otherwise`. */
  async read<Output>(calls: () => Promise<Output>, otherwise: Output): Promise<Output> {
    try {
      const wait = this.#ready();
      if (wait) await wait;
      return await calls();
    } catch (error) {
      return this.#letThrough(error, otherwise);
    }
  }

  /** As `read`, in one transaction with what other requests of this turn of the event loop write. */
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

  /** What to wait for. No promise where that is nothing: calls would come to the store in another order. */
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
