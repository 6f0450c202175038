/**
 * The packets of a namespace that a client may have missed, on the store: each with a number, in one order for all processes.
 *
 * A number is taken first, and the packet written under it next, in one step with the other packets of its batch. If the
 * process dies in between, the number stays empty: a reader that has waited long enough closes it, and from then on the
 * batch can no longer be written there. So all processes agree on what each number holds.
 */
import { timeOfDay } from '@muster/codec/timers';
import type { SharedStore, StoreView } from '@muster/store';
import type { Packet } from './packet.js';

/** `hole`: the number holds nothing. `break`: packets that could not be written may be missing here. */
export type LogEntry = Packet | 'hole' | 'break';

/**
 * Numbers begin at the microseconds since the epoch, so a store that was emptied never gives a number twice. A smaller number
 * shows that it was emptied.
 */
const LOWEST = 1e15;
const PAGE = 256;

export interface LogSettings {
  readonly store: SharedStore;
  /** Of the namespaces on the store. */
  readonly name: string;
  /** Of Socket.IO. */
  readonly namespace: string;
  /** How long a packet is kept. */
  readonly keepMs: number;
  /** How many of the newest packets are kept at least. */
  readonly maxPackets: number;
}

export class PacketLog {
  readonly maxPackets: number;
  readonly #heads: StoreView<number>;
  readonly #entries: StoreView<LogEntry>;
  readonly #namespace: string;

  constructor({ store, name, namespace, keepMs, maxPackets }: LogSettings) {
    this.maxPackets = maxPackets;
    this.#heads = store.namespace<number>(`${name}:heads`);
    const options = { ttlMs: keepMs, evictable: true };
    this.#entries = store.namespace<LogEntry>(`${name}:packets`, options);
    // The braces keep a batch in one slot of a Redis Cluster.
    this.#namespace = `{${encodeURIComponent(namespace)}}`;
  }

  /** The last number that was taken. */
  async head(): Promise<number> {
    const head = await this.#heads.get(this.#namespace);
    return head !== undefined && head >= LOWEST ? head : this.#raiseHead();
  }

  /**
   * Writes the entries one after the other. Resolves with the number of the first. A store that is slow is asked again, so that
   * nothing is written twice or left out.
   *
   * @param isStoreAway ends that.
   */
  async append(entries: readonly LogEntry[], isStoreAway = () => false): Promise<number> {
    for (;;) {
      let first: number | undefined;
      try {
        first = await this.#take(entries.length);
        if (await this.#write(first, entries)) return first;
      } catch (error) {
        if (isStoreAway() || !isSlow(error)) throw error;
        // Whether the entries were written is not known. Closing their first number finds out, or sees to it that they were not.
        if (first !== undefined && !(await this.#closeSurely(first, isStoreAway))) return first;
      }
    }
  }

  async #take(count: number): Promise<number> {
    const last = await this.#heads.increment(this.#namespace, count);
    if (last >= LOWEST) return last - count + 1;
    await this.#raiseHead();
    return this.#take(count);
  }

  async #write(first: number, entries: readonly LogEntry[]): Promise<boolean> {
    const last = first + entries.length - 1;
    const keys = range(first, last).map((number) => this.#key(number));
    const written = await this.#entries.transaction(keys, (current) =>
      current.every((entry) => entry === undefined) ? entries : undefined,
    );
    if (written === undefined) return false;
    this.#trim(first, last);
    return true;
  }

  async #closeSurely(number: number, isStoreAway: () => boolean): Promise<boolean> {
    for (;;) {
      try {
        if (await this.close(number)) return true;
        const [entry] = await this.#entries.getMany([this.#key(number)]);
        return entry === undefined || entry === 'hole';
      } catch (error) {
        if (isStoreAway() || !isSlow(error)) throw error;
      }
    }
  }

  /** The entries with these numbers, in order; `undefined` where there is none, or none any more. */
  async *read(from: number, to: number): AsyncGenerator<[number, LogEntry | undefined]> {
    for (let start = from; start <= to; start += PAGE) {
      const numbers = range(start, Math.min(to, start + PAGE - 1));
      const found = await this.#entries.getMany(numbers.map((number) => this.#key(number)));
      for (const [at, number] of numbers.entries()) yield [number, found[at]];
    }
  }

  /** Closes a number under which nothing was written. Resolves with `false` if something was. */
  close(number: number): Promise<boolean> {
    return this.#entries.set(this.#key(number), 'hole', { ifAbsent: true });
  }

  async #raiseHead(): Promise<number> {
    const now = timeOfDay() * 1000;
    const raise = (head = 0) => (head < LOWEST ? now : head);
    return (await this.#heads.update(this.#namespace, raise)) ?? now;
  }

  /** Deletes a page of old packets whenever a page is full. What it misses expires. */
  #trim(first: number, last: number): void {
    const end = last - (last % PAGE);
    if (end < first) return;
    const old = range(end - this.maxPackets - PAGE, end - this.maxPackets - 1);
    this.#entries.deleteMany(old.map((number) => this.#key(number))).catch(() => {});
  }

  #key(number: number): string {
    return `${this.#namespace}${number}`;
  }
}

function isSlow(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'MUSTER_DEADLINE_EXCEEDED' || code === 'MUSTER_OUTCOME_UNKNOWN';
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
