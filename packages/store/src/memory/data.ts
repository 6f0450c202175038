// The entries of an engine in memory, for all stores of the process that share them.
import { setImmediate } from 'node:timers';
import { clearTimer, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import type { Entry, ScanPage } from '../engine.js';
import type { Keep } from './commit.js';
import type { Change } from './contract.js';
import { ExpiryQueue } from './expiry-queue.js';
import { OrderedKeys } from './ordered-keys.js';
import { MemoryTransaction } from './transaction.js';

type Listener = (changes: readonly string[]) => void;

interface Watcher {
  readonly prefix: string;
  readonly listener: Listener;
  /** What it is to be told, in a turn of its own. */
  changed: Set<string>;
}

/** From a sweep whose changes could not be kept to the next one. */
const RETRY_MS = 1_000;

export class MemoryData {
  readonly #entries: Map<string, Entry>;
  readonly #keep: Keep;
  readonly #expiryQueue = new ExpiryQueue();
  /** Made when somebody asks for a range of keys, which most apps never do. */
  #order: OrderedKeys | undefined;
  readonly #watchers = new Set<Watcher>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param entries it goes on with them. */
  constructor(entries: Map<string, Entry>, keep: Keep) {
    this.#entries = entries;
    this.#keep = keep;
    for (const [key, { expiresAt }] of this.#entries) this.#expiryQueue.add(key, expiresAt);
    this.#arm();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return timeOfDay();
  }

  read<Output>(work: (transaction: MemoryTransaction) => Output): Output {
    return work(this.#begin());
  }

  /** All that `work` changes, or nothing where it throws. @throws what it throws; StoreError */
  write<Output>(work: (transaction: MemoryTransaction) => Output): Output {
    const transaction = this.#begin();
    const output = work(transaction);
    const changes = Array.from(transaction.changes, ([key, entry]) => ({ key, entry }));
    if (changes.length > 0) this.#apply(changes);
    return output;
  }

  /** All in one page: the keys are in memory already. */
  scan(prefix: string, withTexts: boolean): ScanPage {
    return this.read((transaction) => {
      const keys: string[] = [];
      for (const key of this.#entries.keys()) {
        if (key.startsWith(prefix) && transaction.has(key)) keys.push(key);
      }
      const texts = withTexts ? keys.map((key) => transaction.get(key) ?? '') : [];
      return { keys, texts, cursor: undefined };
    });
  }

  watch(prefix: string, listener: Listener): () => void {
    const watcher: Watcher = { prefix, listener, changed: new Set() };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  close(): void {
    clearTimer(this.#timer);
    this.#watchers.clear();
  }

  #begin(): MemoryTransaction {
    const order = (): OrderedKeys => {
      this.#order ??= new OrderedKeys(this.#entries.keys());
      return this.#order;
    };
    return new MemoryTransaction(this.#entries, order, this.now());
  }

  #apply(changes: readonly Change[]): void {
    this.#keep(changes);
    for (const { key, entry } of changes) {
      if (entry) {
        this.#entries.set(key, entry);
        this.#expiryQueue.add(key, entry.expiresAt);
        this.#order?.add(key);
      } else {
        this.#entries.delete(key);
        this.#order?.delete(key);
      }
    }
    this.#arm();
    this.#tell(changes);
  }

  #tell(changes: readonly Change[]): void {
    for (const watcher of this.#watchers) {
      const before = watcher.changed.size;
      for (const { key } of changes) if (key.startsWith(watcher.prefix)) watcher.changed.add(key);
      if (before > 0 || watcher.changed.size === 0) continue;
      setImmediate(() => {
        const changed = [...watcher.changed];
        watcher.changed.clear();
        if (this.#watchers.has(watcher)) watcher.listener(changed);
      });
    }
  }

  /** Wakes when the next entry ends. A store that is only open keeps no process alive. */
  #arm(at = this.#expiryQueue.next): void {
    if (at >= this.#timerAt && this.#timer) return;
    clearTimer(this.#timer);
    this.#timerAt = at;
    this.#timer =
      at === Number.POSITIVE_INFINITY
        ? undefined
        : setTimer(() => this.#sweep(), Math.max(at - this.now(), 0)).unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.now();
    const keys = this.#expiryQueue.due(now);
    const over: Change[] = [];
    for (const key of keys) {
      const end = this.#entries.get(key)?.expiresAt ?? Number.POSITIVE_INFINITY;
      if (end <= now) over.push({ key, entry: undefined });
      else this.#expiryQueue.add(key, end);
    }
    try {
      if (over.length > 0) this.#apply(over);
      else this.#arm();
    } catch {
      // They are over for everybody; what keeps them is asked again.
      for (const { key } of over) this.#expiryQueue.add(key, now + RETRY_MS);
      this.#arm();
    }
  }
}
