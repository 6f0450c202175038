// Whether the store can be reached. While it cannot, calls fail at once.
import { clearTimeout, setTimeout } from 'node:timers';
import { type SharedStore, StoreUnreachableError } from '@muster/store';

/** Codes of calls that could not reach the store, or got no answer. */
const SYMPTOMS: ReadonlySet<unknown> = new Set([
  'MUSTER_STORE_UNREACHABLE',
  'MUSTER_DEADLINE_EXCEEDED',
  'MUSTER_OUTCOME_UNKNOWN',
]);

/** Service Unavailable: try again later. */
const UNAVAILABLE = 503;

/** Milliseconds from one look at whether the store is back to the next. */
const PROBE_EVERY_MS = 1_000;

export function isUnavailable(error: unknown): boolean {
  return SYMPTOMS.has((error as { code?: unknown } | null)?.code);
}

/**
 * The store is away once a call has failed with one of these codes and the store itself is `degraded`: a connection that is
 * back before any deadline has troubled nobody. The store is back when a look at it succeeds.
 */
export class Availability {
  readonly #store: SharedStore;
  readonly #unlisten: () => void;
  readonly #listeners = new Set<(isAway: boolean) => void>();
  #failure: Error | undefined;
  #isAway = false;
  #probe: NodeJS.Timeout | undefined;

  constructor(store: SharedStore) {
    this.#store = store;
    const unlisten = [
      store.on('degraded', () => this.#markAway()),
      store.on('ready', () => this.#markBack()),
    ];
    this.#unlisten = () => {
      for (const end of unlisten) end();
    };
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** @returns its unsubscribe. */
  onChange(listener: (isAway: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws StoreUnreachableError while the store is known to be away. */
  check(): void {
    if (this.#isAway) throw this.#refusal();
  }

  /** To be called when a call has failed. An error of an outage gets a status, with which frameworks answer by themselves. */
  failed(error: unknown): void {
    if (!isUnavailable(error)) return;
    Object.assign(error as Error, { status: UNAVAILABLE, statusCode: UNAVAILABLE });
    // Not an error of check(): this is its cause.
    if (!this.#isAway) this.#failure = error as Error;
    if (this.#store.status === 'degraded') this.#markAway();
  }

  close(): void {
    this.#unlisten();
    this.#listeners.clear();
    clearTimeout(this.#probe);
  }

  #markAway(): void {
    if (this.#isAway || !this.#failure) return;
    this.#isAway = true;
    this.#notify();
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#probe = setTimeout(() => {
      this.#store.ready().then(
        () => this.#markBack(),
        () => this.#isAway && this.#lookAgain(),
      );
    }, PROBE_EVERY_MS).unref();
  }

  #markBack(): void {
    this.#failure = undefined;
    if (!this.#isAway) return;
    this.#isAway = false;
    clearTimeout(this.#probe);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener(this.#isAway);
  }

  #refusal(): StoreUnreachableError {
    const cause = this.#failure;
    return new StoreUnreachableError(
      `The session store is not there, and was not asked again: ${cause?.message}`,
      undefined,
      { cause },
    );
  }
}
