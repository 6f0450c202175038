// What is told of the other machines to whoever runs this one.

import { performance } from 'node:perf_hooks';
import type { GroupEvent, Machine } from '../peers/events.js';

/** How long nothing is said of entries that are refused, once it was said, in milliseconds. */
const REFUSED_MS = 600_000;

export interface JoinEvents {
  /** Told when the link to the other machines goes down, and with `undefined` when it is up again. */
  readonly onLink?: (trouble: Error | undefined) => void;
  /** Told that another machine is in the group. */
  readonly onJoined?: (machine: Machine) => void;
  /** Told that another machine is called something else from now on. @param before what it was called */
  readonly onRenamed?: (machine: Machine, before: string) => void;
  /** Told that another machine is no longer in the group: it has stopped, or nothing was heard of it for too long. */
  readonly onLeft?: (machine: Machine) => void;
  /** Told that the log has entries that are refused: `secret` or the version differs. At most once in ten minutes. */
  readonly onRefused?: () => void;
}

export class News {
  readonly #tell: JoinEvents;
  /** By performance.now(). */
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(tell: JoinEvents) {
    this.#tell = tell;
  }

  link(trouble: Error | undefined): void {
    this.#tell.onLink?.(trouble);
  }

  /** @param events of one entry: a machine that begins another epoch leaves and joins with it, and has left nobody */
  read(events: readonly GroupEvent[]): void {
    const left = new Map<string, Machine>();
    for (const event of events) {
      if (event.kind === 'left') left.set(event.machine.id, event.machine);
      if (event.kind !== 'joined') continue;
      const { machine } = event;
      const before = left.get(machine.id);
      left.delete(machine.id);
      if (before === undefined) this.#tell.onJoined?.(machine);
      else if (before.name !== machine.name) this.#tell.onRenamed?.(machine, before.name);
    }
    for (const machine of left.values()) this.#tell.onLeft?.(machine);
  }

  refused(): void {
    const now = performance.now();
    if (now - this.#refusedAt < REFUSED_MS) return;
    this.#refusedAt = now;
    this.#tell.onRefused?.();
  }
}
