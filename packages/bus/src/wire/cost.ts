// The memory of a packet while it waits.

import { type Body, bytesIn } from './body.js';
import type { Packet } from './frame.js';

/** Beside its text, about, in bytes. */
export const OVERHEAD_BYTES = 64;

/** Its encoded text and the memory around it, in bytes. */
export function bytesOf(packet: Packet): number {
  return costOf(packet.name, packet.body);
}

export function costOf(name: string, body: Body): number {
  return bytesIn(body) + name.length + OVERHEAD_BYTES;
}
