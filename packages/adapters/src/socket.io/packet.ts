// An event that is sent to many sockets, as it travels between processes and as it is kept for those who missed it.
import { decode } from '@muster/codec';
import type { BroadcastOptions } from 'socket.io-adapter';
import { textOf } from './as-sent.js';

export interface Packet {
  /** None: every socket of the namespace. */
  readonly rooms: readonly string[];
  /** Not the sockets in these rooms. */
  readonly except: readonly string[];
  readonly compress?: boolean;
  readonly volatile?: true;
  /** The name of the event and its arguments, as text of the codec: a process without a receiver need not parse it. */
  readonly text: string;
}

/** Of `socket.io-parser`. */
export const EVENT = 2;

export function packetOf(args: unknown, { rooms, except, flags = {} }: BroadcastOptions): Packet {
  return {
    rooms: [...rooms],
    except: [...(except ?? [])],
    ...(flags.compress === undefined ? {} : { compress: flags.compress }),
    ...(flags.volatile ? { volatile: true } : {}),
    text: textOf(args),
  };
}

export function argumentsOf(packet: Packet): unknown[] {
  return decode(packet.text) as unknown[];
}

export function optionsOf({ rooms, except, compress, volatile }: Packet): BroadcastOptions {
  const flags = {
    ...(compress === undefined ? {} : { compress }),
    ...(volatile ? { volatile } : {}),
  };
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

/** Whether a socket in these rooms gets the packet. */
export function isFor(rooms: Iterable<string>, packet: Packet): boolean {
  let isIn = packet.rooms.length === 0;
  for (const room of rooms) {
    if (packet.except.includes(room)) return false;
    isIn ||= packet.rooms.includes(room);
  }
  return isIn;
}
