// Another machine: its members as peers of the router here, and what anybody there listens to.

import type { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers';
import { remoteMember } from '../machine.js';
import { outboxTo } from '../router/elsewhere.js';
import { Peer } from '../router/peer.js';
import { PREAMBLE } from '../wire/bytes/layout.js';
import { ByteParser } from '../wire/bytes/parser.js';
import type { Outbox } from '../wire/outbox/outbox.js';
import type { Host } from './gateway.js';
import type { ValueReader } from './value-reader.js';

/** More members than this of one machine are not let in. */
const MAX_MEMBERS = 10_000;

const STAMP = /^(primary|\d{1,15}):(\d{1,15}):(.{1,512})$/s;

let lastVisit = 0;

const NOWHERE = { send: (_: unknown, sent: () => void) => void setImmediate(sent) };

/** One of its members. */
export interface RemoteEntry {
  /** Another one for each visit of the machine: nobody who was gone comes back. */
  peer: Peer;
  isUp: boolean;
  isOpen: boolean;
}

export class RemoteMachine {
  readonly id: string;
  readonly name: string;
  /** What it is called by itself, and in what is sent to it. */
  readonly host: string;
  /** By the stamp that a member has there. */
  readonly peers = new Map<string, RemoteEntry>();
  readonly listens = new Set<string>();
  /** Whether it has said all that there is to know first. */
  isIntroduced = false;
  /** While it tells what is retained. */
  reader: ValueReader | undefined;
  /** Whether it is there, and its members with it. */
  isHere = true;
  #visit = ++lastVisit;
  /** Something long was cut off when it went out of sight. */
  wasAmidst = false;
  readonly #outbox: Outbox;
  #parser = newParser();

  constructor({ id, epoch, name }: Host, outbox: Outbox) {
    this.id = id;
    this.name = name;
    this.host = hostOfMachine({ id, epoch, name });
    this.#outbox = outbox;
  }

  /** Adds the packets in these bytes, flat. What makes no sense ends them. */
  parse(bytes: Buffer, parts: unknown[]): void {
    if (this.#parser.read(bytes, parts) !== undefined) this.#parser = newParser();
  }

  /** @returns the new member; `undefined` where there is one, or it cannot be one. */
  add(stamp: string): RemoteEntry | undefined {
    if (this.peers.has(stamp) || this.peers.size >= MAX_MEMBERS) return undefined;
    const peer = this.#peerOf(stamp);
    if (peer === undefined) return undefined;
    const entry = { peer, isUp: false, isOpen: false };
    this.peers.set(stamp, entry);
    return entry;
  }

  /** It was gone, and is here again, with the members that it had. */
  visit(): void {
    this.isHere = true;
    this.#visit = ++lastVisit;
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
    const to = outboxTo(`${this.host}/${slot}:${generation}`, this.#outbox);
    const member = remoteMember(local, `${this.host}+${this.#visit}`);
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
