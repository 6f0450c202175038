// Packets on their way to other machines: which of them are for which, and as bytes.

import { Buffer } from 'node:buffer';
import { readMachinePart } from '../machine.js';
import { meantParts } from '../member.js';
import { splitName } from '../router/elsewhere.js';
import { bytesOfPackets } from '../wire/bytes/writer.js';
import {
  type Address,
  BROADCAST,
  FIRST,
  LOSSY,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  WIDTH,
} from '../wire/frame.js';
import { isLastPiece, isPiece, readFirst } from '../wire/pieces.js';
import type { Batch } from './gateway.js';

/** For everybody. */
export const ALL = '';

const VALUES: ReadonlySet<string> = new Set([RETAINED, RETAINED_FOR, RETAINED_SELF]);
const BROADCASTS: ReadonlySet<string> = new Set([BROADCAST, LOSSY, ...VALUES]);

export const isValue = (kind: string) => VALUES.has(kind);
export const isBroadcast = (kind: string) => BROADCASTS.has(kind);

/** What a packet is about: the kind and name of the whole, where it is the first part of a long one. */
export function wholeOf(kind: string, name: string): { kind: string; name: string } {
  return kind === FIRST ? (readFirst(name) ?? { kind, name }) : { kind, name };
}

export class Batches {
  readonly #idOf: (machine: string) => string | undefined;
  /** By sender and id, for whom the pieces of a long packet are. */
  readonly #longs = new Map<string, readonly string[]>();

  /** @param idOf the machine of this name. */
  constructor(idOf: (machine: string) => string | undefined) {
    this.#idOf = idOf;
  }

  /** @param packets flat, each with whom it is for behind its name. */
  of(packets: readonly unknown[]): Batch {
    const sections: { to: string; packets: unknown[] }[] = [];
    for (let i = 0; i < packets.length; i += WIDTH) {
      const [kind, name, address] = packets.slice(i, i + 3) as [string, string, string];
      for (const to of this.#receiversOf(kind, name, address)) {
        let last = sections.at(-1);
        if (last?.to !== to) {
          last = { to, packets: [] };
          sections.push(last);
        }
        last.packets.push(...packets.slice(i, i + WIDTH));
      }
    }
    return {
      packets,
      sections: sections.map(({ to, packets: own }) => ({ to, bytes: bytesOf(own) })),
    };
  }

  /** All packets for one machine. */
  to(id: string, packets: readonly unknown[]): Batch {
    return { packets: [], sections: [{ to: id, bytes: bytesOf(packets) }] };
  }

  #receiversOf(kind: string, name: string, sender: string): readonly string[] {
    if (isPiece(kind)) {
      const key = `${sender} ${name}`;
      const receivers = this.#longs.get(key) ?? [];
      if (isLastPiece(kind)) this.#longs.delete(key);
      return receivers;
    }
    const [own, to] = splitName(name);
    const whole = wholeOf(kind, own);
    const receivers = to === '' ? [ALL] : this.#named(whole.kind, to);
    if (kind === FIRST) this.#longs.set(`${sender} ${own.slice(0, own.indexOf(':'))}`, receivers);
    return receivers;
  }

  #named(kind: string, to: string): readonly string[] {
    const address = JSON.parse(to) as unknown;
    // Every machine retains it.
    if (Array.isArray(address) && isValue(kind)) return [ALL];
    if (isBroadcast(kind)) return this.#addressed(address as Address);
    if (typeof address !== 'string') return [ALL];
    const id = idOfHost(address);
    return id === undefined ? [] : [id];
  }

  #addressed(address: Address): readonly string[] {
    const machines = meantParts(address).map((part) => readMachinePart(part)?.machine);
    if (machines.length === 0) return [ALL];
    const ids = new Set<string>();
    for (const machine of machines) {
      if (machine === undefined) return [ALL];
      const id = this.#idOf(machine);
      if (id !== undefined) ids.add(id);
    }
    return [...ids];
  }
}

/** `host/slot:generation` or a host: which machine that is. */
function idOfHost(text: string): string | undefined {
  return /^[^~/]*~([\w-]+)\.\d+(?:\/|$)/.exec(text)?.[1];
}

function bytesOf(packets: readonly unknown[]): Buffer {
  return Buffer.concat(bytesOfPackets(packets));
}
