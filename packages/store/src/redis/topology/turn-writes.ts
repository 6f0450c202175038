// The commands of one turn of the event loop are sent together: one system call for each connection.

import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers';

export class TurnWrites {
  #corked: Set<Writable> | undefined;
  #ends: (() => void)[] = [];

  /** Collects writes to `stream` until the events that are due now have been handled. */
  cork(stream: Writable): void {
    const corked = this.#begin();
    if (corked.has(stream)) return;
    corked.add(stream);
    stream.cork();
  }

  /** Runs `end` when the events that are due now have been handled, before the collected writes are sent. */
  atEnd(end: () => void): void {
    this.#begin();
    this.#ends.push(end);
  }

  #begin(): Set<Writable> {
    if (!this.#corked) {
      this.#corked = new Set();
      setImmediate(() => this.#end());
    }
    return this.#corked;
  }

  #end(): void {
    // An end may send, and so cork; none adds another end.
    for (const end of this.#ends) end();
    this.#ends = [];
    for (const stream of this.#corked ?? []) stream.uncork();
    this.#corked = undefined;
  }
}
