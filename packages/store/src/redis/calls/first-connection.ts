// Whether calls that wait for the first connection of a store wait in vain.
import { performance } from 'node:perf_hooks';
import type { Topology } from '../topology/topology.js';

/** Milliseconds for which a host has to be unknown: the name of a server that starts at the same time may come yet. */
const UNKNOWN_HOST_MS = 3_000;

/** A server refuses the password, or wants one. */
const REFUSED = /\b(WRONGPASS|NOAUTH|ERR invalid password)\b/;

export class FirstConnection {
  readonly #topology: Topology;
  /** Once there was a connection, its address and password were right: whatever comes then may get better. */
  #wasThere: boolean;
  /** By performance.now(). */
  #unknownSince: number | undefined;

  constructor(topology: Topology) {
    this.#topology = topology;
    this.#wasThere = topology.isReady;
  }

  /** To be called with each change of health. @param trouble `undefined` if every key can be reached */
  isHopeless(trouble: Error | undefined): boolean {
    if (trouble === undefined) this.#wasThere = true;
    if (trouble === undefined || this.#wasThere) return false;
    return REFUSED.test(trouble.message) || this.#staysUnknown(trouble);
  }

  /** Of several servers, another one may be known. */
  #staysUnknown(trouble: Error): boolean {
    const isUnknown = (trouble as NodeJS.ErrnoException).code === 'ENOTFOUND';
    const now = performance.now();
    this.#unknownSince = isUnknown ? (this.#unknownSince ?? now) : undefined;
    if (this.#unknownSince === undefined || !this.#topology.hasOneSlot) return false;
    return now - this.#unknownSince >= UNKNOWN_HOST_MS;
  }
}
