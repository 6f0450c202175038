// Machines whose entries come though they are not known: they are asked who they are, unless they say so themselves soon.

import { performance } from 'node:perf_hooks';

/** How long entries of a stranger come until it is asked, in milliseconds. */
const ASK_MS = 1_000;

export class Strangers {
  /** By id: since when its entries come, by performance.now(). */
  readonly #since = new Map<string, number>();

  heard(id: string): void {
    if (!this.#since.has(id)) this.#since.set(id, performance.now());
  }

  joined(id: string): void {
    this.#since.delete(id);
  }

  /** Takes those that are to be asked now. */
  takeDue(): readonly string[] {
    const now = performance.now();
    const due = [...this.#since].filter(([, since]) => now - since >= ASK_MS).map(([id]) => id);
    for (const id of due) this.#since.delete(id);
    return due;
  }
}
