// What a packet costs while it waits.

import { type Body, bytesIn } from './body.js';
import type { Packet } from './frame.js';

/** What holds its text in memory, about, in bytes. */
export const OVERHEAD_BYTES = 64;

/** Its text as it travels, and what holds it, in bytes. */
export function bytesOf(packet: Packet): number {
  return costOf(packet.name, packet.body);
}

export function costOf(name: string, body: Body): number {
  return bytesIn(body) + name.length + OVERHEAD_BYTES;
}
