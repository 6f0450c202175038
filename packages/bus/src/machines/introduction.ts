// What another machine has to know of this one before it receives messages of it: its members, what they listen to, and,
// where it was asked for, the retained values.

import { performance } from 'node:perf_hooks';
import { machinePart } from '../members/machine.js';
import { isLocalOnly, mapParts } from '../members/member.js';
import type { RetainedValue } from '../router/retained-values.js';
import type { RouterAccess } from '../router/router-access.js';
import { isReserved } from '../topics/topic.js';
import {
  type Address,
  DELETE,
  LISTEN,
  MEMBER,
  nameOfRetainedFor,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  WELCOME,
} from '../wire/frame.js';
import { cut, isPiece } from '../wire/pieces.js';

/** The parts of an introduction. */
export const KNOWN = 'known';
/** Values follow, which are those of the whole group. */
export const ALL_VALUES = 'telling';
/** Values follow, which are those of one machine: a receiver that has a value of a topic keeps that. */
export const OWN_VALUES = 'offering';
export const END_OF_VALUES = 'values';

/** @returns packets, flat */
export function introductionOf(
  router: RouterAccess,
  values: typeof ALL_VALUES | typeof OWN_VALUES | undefined,
): readonly unknown[] {
  const packets: unknown[] = [];
  const say = (kind: string, name: string, address: Address) =>
    packets.push(kind, `${name}\n`, address, 0, '');
  for (const peer of router.locals) {
    say(MEMBER, peer.isUp ? 'joined' : 'known', peer.stamp);
    if (!peer.isWaiting) say(MEMBER, 'open', peer.stamp);
  }
  for (const pattern of router.gatewayPeer.patterns) say(LISTEN, pattern, null);
  say(WELCOME, KNOWN, null);
  if (values !== undefined) {
    say(WELCOME, values, null);
    for (const value of router.values) packets.push(...packetsOf(value, router.machine));
    for (const topic of router.gatewayPeer.deletions) {
      if (!router.retains(topic)) packets.push(DELETE, `${topic}\n[0,null]`, null, 1, '');
    }
    say(WELCOME, END_OF_VALUES, null);
  }
  return packets;
}

/** A retained value for another machine: the slots in its target are slots of this one. */
function packetsOf(value: RetainedValue, machine: string): readonly unknown[] {
  const { topic, stamp, target, self, body, endsAt } = value;
  const named = mapParts(target, (part) =>
    typeof part === 'number' ? machinePart({ machine, slot: part, role: undefined }) : part,
  );
  if (named === undefined || isLocalOnly(target) || isReserved(topic)) return [];
  const leftMs = Math.ceil(endsAt - performance.now());
  if (leftMs <= 0) return [];
  const isForever = endsAt === Number.POSITIVE_INFINITY;
  const always = self ? RETAINED_SELF : RETAINED;
  const kind = isForever ? always : RETAINED_FOR;
  const name = isForever ? topic : nameOfRetainedFor(topic, self, leftMs);
  const packet = { kind, name, address: stamp, count: 1, body };
  return (cut(packet, 'r') ?? [packet]).flatMap((one) => [
    one.kind,
    isPiece(one.kind) ? one.name : `${one.name}\n${JSON.stringify(named)}`,
    one.address,
    one.count,
    one.body,
  ]);
}
