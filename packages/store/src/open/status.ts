// The status of a store, and the listeners of its changes.

import { nearest, shown } from '@muster/codec/options';
import { queueMicrotask } from '@muster/codec/timers';
import { checkFunction } from '../api/arguments.js';
import { InvalidOptionError, StoreListenerFailedError, type StoreRejection } from '../errors.js';
import type { StoreEvents, StoreStatus } from '../store.js';

const EVENTS = ['ready', 'degraded'] as const;

type Listeners = { readonly [Event in keyof StoreEvents]: Set<StoreEvents[Event]> };

export class Status {
  readonly #listeners: Listeners = { ready: new Set(), degraded: new Set() };
  #current: StoreStatus = 'idle';

  get current(): StoreStatus {
    return this.#current;
  }

  /** @returns its unsubscribe. @throws InvalidOptionError */
  on<Event extends keyof StoreEvents>(event: Event, listener: StoreEvents[Event]): () => void {
    if (!Object.hasOwn(this.#listeners, event)) {
      const hint = nearest(String(event), EVENTS) ?? `there are ${EVENTS.join(' and ')}`;
      throw new InvalidOptionError(`on() knows no event ${shown(event)}; ${hint}`);
    }
    checkFunction('on() calls', listener);
    // A wrapper of its own, so that a listener that was given twice is two.
    const entry = ((...args: [never]) => listener(...args)) as StoreEvents[Event];
    this.#listeners[event].add(entry);
    return () => this.#listeners[event].delete(entry);
  }

  /** @param trouble why the store cannot be reached; `undefined` if it can. Only changes are reported. */
  report(trouble: StoreRejection | undefined): void {
    const next = trouble ? 'degraded' : 'ready';
    if (this.#current === next || this.#current === 'closed') return;
    this.#current = next;
    if (trouble) each(this.#listeners, 'degraded', (listener) => listener(trouble));
    else each(this.#listeners, 'ready', (listener) => listener());
  }

  /** Removes all listeners. */
  close(): void {
    this.#current = 'closed';
    this.#listeners.ready.clear();
    this.#listeners.degraded.clear();
  }
}

/** Calls each listener on its own: one that throws stops neither the others, nor the engine, nor the process. */
function each<Event extends keyof StoreEvents>(
  listeners: Listeners,
  event: Event,
  tell: (listener: StoreEvents[Event]) => unknown,
): void {
  const ofEvent: ReadonlySet<StoreEvents[Event]> = listeners[event];
  for (const listener of ofEvent) {
    queueMicrotask(async () => {
      try {
        // It may be an async function, whatever its type says.
        if (ofEvent.has(listener)) await tell(listener);
      } catch (error) {
        process.emitWarning(new StoreListenerFailedError('The listener of on() for', event, error));
      }
    });
  }
}
