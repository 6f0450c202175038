/**
 * Ports of loopback for the inspectors of workers, found before they are needed: a fork cannot wait.
 *
 * A port may be used only days later, when its worker hangs. So none is of the range that the system takes those of
 * outgoing connections from: on a busy machine it would be one's by then.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_000;
/** Linux's own; other systems begin at 49,152 (RFC 6335). */
const OUTGOING_FROM = 32_768;
/** Looks for one port. They are far more than a machine has listeners in a row. */
const ATTEMPTS = 50;

export class InspectorPorts {
  readonly #free: number[] = [];
  readonly #range = portsBelow(outgoingFrom());
  /** The next to be looked at: they are taken in turn, so that none is had twice. */
  #next = randomInt(this.#range.size);

  /** Settles when there are `count` to take. A machine that has none costs stacks of hung workers, and nothing else. */
  async stock(count: number): Promise<void> {
    const missing = Math.max(0, count - this.#free.length);
    const found = await Promise.all(Array.from({ length: missing }, () => this.#find()));
    this.#free.push(...found.filter((port) => port !== undefined));
  }

  /** Another one is looked for in its place. */
  take(): number | undefined {
    const stocked = this.#free.length;
    const port = this.#free.shift();
    void this.stock(stocked);
    return port;
  }

  async #find(): Promise<number | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = this.#range.first + this.#next;
      this.#next = (this.#next + 1) % this.#range.size;
      if (await isFree(port)) return port;
    }
    return undefined;
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

/** Nothing listens there by now; the worker's inspector will when a signal asks it to. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
