// The addresses that one worker listens on, and since when.
import { performance } from 'node:perf_hooks';
import type { ListenAddress } from '../../channel/listen-address.js';

interface Known {
  readonly address: ListenAddress;
  /** Milliseconds after its fork. */
  readonly sinceMs: number;
}

export class WorkerAddresses {
  readonly #forkedAt = performance.now();
  readonly #watchers = new Set<() => void>();
  #known: readonly Known[] = [];

  /** Call it with all addresses that the worker listens on now. */
  update(addresses: readonly ListenAddress[]): void {
    const sinceMs = performance.now() - this.#forkedAt;
    const before = new Map(this.#known.map((known) => [known.address.name, known]));
    this.#known = addresses.map((address) => before.get(address.name) ?? { address, sinceMs });
    for (const watcher of this.#watchers) watcher();
  }

  get current(): readonly ListenAddress[] {
    return this.#known.map(({ address }) => address);
  }

  /** Without those that it opened later: its successor will open them on demand as well. */
  openedWithin(ms: number): readonly ListenAddress[] {
    return this.#known.filter(({ sinceMs }) => sinceMs <= ms).map(({ address }) => address);
  }

  /** Milliseconds from its fork until the last of the addresses that it opened within `ms`. */
  tookMs(ms: number): number {
    return Math.max(0, ...this.#known.map(({ sinceMs }) => sinceMs).filter((one) => one <= ms));
  }

  /** Calls `watcher` after each change. Returns a function that ends this. */
  onChange(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
