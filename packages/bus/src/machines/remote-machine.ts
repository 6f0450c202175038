// Another machine: its members as peers of this machine's router, and the topics that they listen to.

import type { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers';
import { remoteMember } from '../members/machine.js';
import { outboxVia } from '../router/gateway-peer.js';
import { Peer } from '../router/peer.js';
import { PREAMBLE } from '../wire/bytes/layout.js';
import { ByteParser } from '../wire/bytes/parser.js';
import type { Outbox } from '../wire/outbox/outbox.js';
import type { Host } from './gateway.js';
import type { ValueReader } from './value-reader.js';

/** The most members of one machine. More are left out. */
const MAX_MEMBERS = 10_000;

const STAMP = /^(primary|\d{1,15}):(\d{1,15}):(.{1,512})$/s;

let lastIncarnation = 0;

const NOWHERE = { send: (_: unknown, sent: () => void) => void setImmediate(sent) };

/** One of its members. */
export interface RemoteEntry {
  /** Each incarnation of the machine has peers of its own: a member that left never comes back. */
  peer: Peer;
  isUp: boolean;
  isOpen: boolean;
}

export class RemoteMachine {
  readonly id: string;
  readonly name: string;
  /** Its name for itself, with its id and epoch: how packets address it. */
  readonly host: string;
  /** By the stamp that a member has on that machine. */
  readonly peers = new Map<string, RemoteEntry>();
  readonly patterns = new Set<string>();
  /** Whether its introduction is complete. */
  isIntroduced = false;
  /** While it sends retained values. */
  reader: ValueReader | undefined;
  /** Whether it, and its members with it, are in the group at the moment. */
  isPresent = true;
  #incarnation = ++lastIncarnation;
  /** Whether it left in the middle of a long message. */
  hadPartialMessages = false;
  readonly #outbox: Outbox;
  #parser = newParser();

  constructor({ id, epoch, name }: Host, outbox: Outbox) {
    this.id = id;
    this.name = name;
    this.host = hostOfMachine({ id, epoch, name });
    this.#outbox = outbox;
  }

  /** Adds the packets in these bytes, flat, up to the first that makes no sense. */
  parse(bytes: Buffer, parts: unknown[]): void {
    if (this.#parser.read(bytes, parts) !== undefined) this.#parser = newParser();
  }

  /** @returns the new member; `undefined` if it is known already, or its stamp makes no sense. */
  add(stamp: string): RemoteEntry | undefined {
    if (this.peers.has(stamp) || this.peers.size >= MAX_MEMBERS) return undefined;
    const peer = this.#peerOf(stamp);
    if (peer === undefined) return undefined;
    const entry = { peer, isUp: false, isOpen: false };
    this.peers.set(stamp, entry);
    return entry;
  }

  /** It left, and is back with the members that it had. */
  rejoin(): void {
    this.isPresent = true;
    this.#incarnation = ++lastIncarnation;
    for (const [stamp, entry] of this.peers) entry.peer = this.#peerOf(stamp) ?? entry.peer;
  }

  #peerOf(stamp: string): Peer | undefined {
    const [, slot, generation, role] = STAMP.exec(stamp) ?? [];
    if (slot === undefined || role === undefined) return undefined;
    const local = {
      slot: slot === 'primary' ? slot : Number(slot),
      generation: Number(generation),
      role,
    } as const;
    const to = outboxVia(this.#outbox, `${this.host}/${slot}:${generation}`);
    const member = remoteMember(local, `${this.host}+${this.#incarnation}`);
    return new Peer(member, NOWHERE, this.#outbox.limit, to);
  }
}

function newParser(): ByteParser {
  const parser = new ByteParser('bytes');
  parser.read(PREAMBLE, []);
  return parser;
}

export function hostOfMachine({ id, epoch, name }: Host): string {
  return `${name}~${id}.${epoch}`;
}
