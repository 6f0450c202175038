/**
 * Ports of loopback for the inspectors of workers, which listen there when a signal asks them to.
 *
 * A port may be used only days later, when its worker hangs. So none is of the range that the system takes those of
 * outgoing connections from: on a busy machine it would be one's by then. For the same reason nobody looks whether something
 * listens there now: a look costs the start of a cluster some milliseconds, and who has the port in the end is seen when a
 * stack is taken.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

const LOWEST = 10_000;
/** Linux's own; other systems begin at 49,152 (RFC 6335). */
const OUTGOING_FROM = 32_768;

export class InspectorPorts {
  readonly #range = portsBelow(outgoingFrom());
  #next = randomInt(this.#range.size);

  /** They are taken in turn, so that no two workers that live have the same. */
  take(): number {
    const port = this.#range.first + this.#next;
    this.#next = (this.#next + 1) % this.#range.size;
    return port;
  }
}

/** Where the range of outgoing connections begins on this machine: from 1,024 on where somebody wanted all there are. */
function outgoingFrom(): number {
  try {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    return Number(range.trim().split(/\s+/)[0]) || OUTGOING_FROM;
  } catch {
    return OUTGOING_FROM;
  }
}

/** Those between `LOWEST` and `from`; where these are few, what is usual. */
export function portsBelow(from: number): { first: number; size: number } {
  const end = from >= LOWEST + 1_000 ? from : OUTGOING_FROM;
  return { first: LOWEST, size: end - LOWEST };
}
