// Packets on their way to other machines, as bytes, and which machine each of them is for.

import { Buffer } from 'node:buffer';
import { readMachinePart } from '../members/machine.js';
import { meantParts } from '../members/member.js';
import { splitTarget } from '../router/gateway-peer.js';
import { bytesOfPackets } from '../wire/bytes/writer.js';
import { type Address, FIRST, WIDTH } from '../wire/frame.js';
import { isLastPiece, isPiece } from '../wire/pieces.js';
import type { Batch } from './gateway.js';
import { isBroadcast, isValue, wholeOf } from './packet-kinds.js';

/** The receiver of a section that all machines read. */
export const ALL = '';

export class Batches {
  readonly #idOf: (machine: string) => string | undefined;
  /** The machines that the pieces of a long packet go to, by its sender and id. */
  readonly #longs = new Map<string, readonly string[]>();

  /** @param idOf finds the id of the machine with this name. */
  constructor(idOf: (machine: string) => string | undefined) {
    this.#idOf = idOf;
  }

  /** @param packets flat, each with its target behind its name. */
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
      messages: packets.length / WIDTH,
      sections: sections.map(({ to, packets: own }) => ({ to, bytes: bytesOf(own) })),
    };
  }

  /** All packets for one machine. */
  to(id: string, packets: readonly unknown[]): Batch {
    return { packets: [], messages: 0, sections: [{ to: id, bytes: bytesOf(packets) }] };
  }

  #receiversOf(kind: string, name: string, sender: string): readonly string[] {
    if (isPiece(kind)) {
      const key = `${sender} ${name}`;
      const receivers = this.#longs.get(key) ?? [];
      if (isLastPiece(kind)) this.#longs.delete(key);
      return receivers;
    }
    const [own, to] = splitTarget(name);
    const whole = wholeOf(kind, own);
    const receivers = to === '' ? [ALL] : this.#named(whole.kind, to);
    if (kind === FIRST) this.#longs.set(`${sender} ${own.slice(0, own.indexOf(':'))}`, receivers);
    return receivers;
  }

  #named(kind: string, to: string): readonly string[] {
    const address = JSON.parse(to) as unknown;
    // Every machine retains it, so that its members find it when they listen.
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

/** The machine of `host/slot:generation`, or of a host. */
function idOfHost(text: string): string | undefined {
  return /^[^~/]*~([\w-]+)\.\d+(?:\/|$)/.exec(text)?.[1];
}

function bytesOf(packets: readonly unknown[]): Buffer {
  return Buffer.concat(bytesOfPackets(packets));
}
