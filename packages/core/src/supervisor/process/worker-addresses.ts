// What one worker listens on, and since when.
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

  /** All that it listens on now. */
  update(addresses: readonly ListenAddress[]): void {
    const sinceMs = performance.now() - this.#forkedAt;
    const before = new Map(this.#known.map((known) => [known.address.name, known]));
    this.#known = addresses.map((address) => before.get(address.name) ?? { address, sinceMs });
    for (const watcher of this.#watchers) watcher();
  }

  get current(): readonly ListenAddress[] {
    return this.#known.map(({ address }) => address);
  }

  /** Without those that it opened later: what it opens on demand, its successor will, too. */
  openedWithin(ms: number): readonly ListenAddress[] {
    return this.#known.filter(({ sinceMs }) => sinceMs <= ms).map(({ address }) => address);
  }

  /** Milliseconds from its fork until the last of them came, of those that it had within `ms`. */
  tookMs(ms: number): number {
    return Math.max(0, ...this.#known.map(({ sinceMs }) => sinceMs).filter((one) => one <= ms));
  }

  /** Calls `watcher` after each change, and returns what ends that. */
  onChange(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
