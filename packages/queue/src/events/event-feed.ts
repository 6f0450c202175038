// Gives the events of a queue, from every process, to the listeners of this process, in order.
import { clearInterval, setInterval } from 'node:timers';
import { QueueTroubleError } from '../errors.js';
import { hearEvents } from '../procedures/look.js';
import type { QueueEvent, QueueEventName } from '../queue.js';
import type { QueueHome } from '../queue-home.js';
import { EVENT_DIGITS, type EventLetter, KEYS } from '../state/meta.js';

type Listener = (event: QueueEvent) => void;

/** Milliseconds for which events are written after the last question for them. */
const HEARD_MS = 60_000;
const PAGE = 500;

const NAMES: Readonly<Record<EventLetter, QueueEventName>> = {
  a: 'added',
  t: 'started',
  p: 'progress',
  c: 'done',
  f: 'failed',
  r: 'retrying',
  s: 'stalled',
  x: 'removed',
};

const EVENT = new RegExp(`^\\d{${EVENT_DIGITS}}[${Object.keys(NAMES).join('')}]`);

export class EventFeed {
  readonly #home: QueueHome;
  readonly #listeners = new Set<{ readonly listener: Listener }>();
  #live: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The number of the last event that listeners have; -1 before it is known. */
  #last = -1;
  #isReading = false;
  #isAgain = false;

  constructor(home: QueueHome) {
    this.#home = home;
  }

  async listen(listener: Listener): Promise<() => void> {
    const own = { listener };
    this.#listeners.add(own);
    const end = (): void => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
    };
    try {
      this.#live ??= this.#start();
      await this.#live;
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  async #start(): Promise<void> {
    const { texts, base } = this.#home;
    try {
      this.#unwatch = await texts.watch(base + KEYS.told, () => void this.#read());
      const { last } = await this.#home.run(hearEvents, { after: -1, forMs: HEARD_MS, limit: 1 });
      this.#last = last;
    } catch (error) {
      this.#stop();
      throw error;
    }
    if (this.#listeners.size === 0) return this.#stop();
    this.#timer = setInterval(() => void this.#read(), HEARD_MS / 3).unref();
    // Events that came since.
    void this.#read();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#live = undefined;
    this.#last = -1;
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    this.#isAgain = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isAgain && this.#last >= 0) {
      this.#isAgain = false;
      try {
        this.#isAgain = await this.#readPage();
      } catch (error) {
        // It is read again at the next change, or by the timer.
        if (this.#listeners.size > 0 && !this.#home.isStoreClosed(error)) {
          process.emitWarning(new QueueTroubleError(this.#home.name, 'The events', error));
        }
      }
    }
    this.#isReading = false;
  }

  /** @returns whether there may be more. */
  async #readPage(): Promise<boolean> {
    const asked = { after: this.#last, forMs: HEARD_MS, limit: PAGE };
    const { last, events: found, isWhole } = await this.#home.run(hearEvents, asked);
    if (this.#last !== asked.after) return false;
    const events = found.filter((text) => EVENT.test(text));
    const numbers = events.map((text) => Number(text.slice(0, EVENT_DIGITS)));
    const [first = last + 1] = numbers;
    if (!isWhole || first > asked.after + 1 || last < asked.after) this.#tell({ type: 'gap' });
    this.#last = numbers.at(-1) ?? last;
    for (const text of events) {
      const type = NAMES[text[EVENT_DIGITS] as EventLetter];
      this.#tell({ type, id: text.slice(EVENT_DIGITS + 1) });
    }
    return found.length === PAGE || this.#isAgain;
  }

  #tell(event: QueueEvent): void {
    for (const { listener } of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(new QueueTroubleError(this.#home.name, 'A listener', error));
      }
    }
  }
}
