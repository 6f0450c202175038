// One member as the router sees it: its way out, what it listens to, and what is kept until it listens.

import type { Member } from '../bus.js';
import { BusVersionError } from '../errors.js';
import { keyOf, stampOf } from '../members/member.js';
import { memberText } from '../members/member-text.js';
import { trace } from '../trace.js';
import type { Transport } from '../transport/transport.js';
import { EMPTY_LEDGER, type Ledger } from '../wire/credit.js';
import { type Address, mismatchFrame, type Packet } from '../wire/frame.js';
import { warnOfUnheard } from '../wire/outbox/drop-warning.js';
import { Outbox } from '../wire/outbox/outbox.js';
import { isPiece, type LongPacket, type Pieces } from '../wire/pieces.js';
import { VERSION } from '../wire/protocol.js';
import { Backlog, type BacklogMessage } from './backlog.js';

/** So much over its limit waits for no member that reads. */
const MAX_UNREAD_BYTES = 128 * 1024 * 1024;

/** What a sender asks for with a retained value. */
export interface RetainRequest {
  readonly topic: string;
  readonly self: boolean;
  readonly ttlMs: number;
}

/** A long value on its way through. It has its place among the versions from its beginning on. */
export interface PendingRetained extends RetainRequest {
  readonly version: number;
  readonly receivers: readonly Peer[];
}

/** A long packet that this member is sending. */
export interface Relay extends LongPacket {
  readonly topic: string | undefined;
  readonly receivers: readonly Peer[];
  /** How much of it has come, in characters. */
  chars: number;
  /** The pieces that the router keeps, if it is a retained value. */
  readonly collected: { readonly pending: PendingRetained; readonly pieces: Pieces } | undefined;
  /** Whom it is for. */
  readonly target: Address;
}

/** The way out to a member. */
export type PeerOutbox = Pick<
  Outbox,
  | 'limit'
  | 'bytes'
  | 'messages'
  | 'dropped'
  | 'isFull'
  | 'isBusy'
  | 'isLossy'
  | 'push'
  | 'pushFirst'
  | 'accepts'
  | 'resume'
  | 'shed'
  | 'flushed'
  | 'onRoom'
  | 'onCalm'
  | 'close'
>;

export class Peer {
  readonly member: Member;
  readonly stamp: string;
  readonly key: string;
  readonly outbox: PeerOutbox;
  /** Whether it is of another machine, or stands for all members of other machines together. */
  readonly isRemote: boolean;
  readonly #transport: Transport;
  /** Topics and patterns. */
  readonly interests = new Set<string>();
  readonly relays = new Map<string, Relay>();
  /** How much of all of them has come, in characters. */
  relayedChars = 0;
  /** The senders that know that this member is full. */
  ledger: Ledger = EMPTY_LEDGER;
  /** The stamps of those that were told that this member is busy. */
  readonly toldBusy = new Set<string>();
  /** How many of its frames made no sense. */
  badFrames = 0;
  /** It did not keep the rules: nothing is heard of it any more. */
  isExpelled = false;
  /** Its process is gone, though not all that it sent was read. */
  isDying = false;
  /** For the member in the router's own process: what may not wait for the end of this turn. */
  inProcess: ((packet: Packet) => void) | undefined;
  #backlog: Backlog | undefined;
  #keptDropped = 0;
  #up = false;
  #isRefused = false;

  /** @param remote the way to one that is not of this machine, which is let go of whatever is sent to it */
  constructor(member: Member, transport: Transport, limit: number, remote?: PeerOutbox) {
    this.member = member;
    this.stamp = stampOf(member);
    this.key = keyOf(member);
    this.#transport = transport;
    this.isRemote = remote !== undefined;
    this.outbox = remote ?? new Outbox(transport, { limit, toRouter: false, name: this.stamp });
    this.#backlog = remote ? undefined : new Backlog(limit);
  }

  /** Of its outbox and of what is kept for it, in bytes. */
  set limit(limit: number) {
    this.outbox.limit = limit;
    if (this.#backlog) this.#backlog.limit = limit;
  }

  /** Whether its bus has said hello: before that, whatever is sent to it would be lost. */
  get isUp(): boolean {
    return this.#up;
  }

  /** Whether it has not listened to anything yet, so that what is sent to it is kept. */
  get isWaiting(): boolean {
    return this.#backlog !== undefined;
  }

  get bytes(): number {
    return this.outbox.bytes + (this.#backlog?.bytes ?? 0);
  }

  get messages(): number {
    return this.outbox.messages + (this.#backlog?.count ?? 0);
  }

  get dropped(): number {
    return this.outbox.dropped + this.#keptDropped + (this.#backlog?.dropped ?? 0);
  }

  /** @returns whether this is the first hello. */
  hello(): boolean {
    if (this.#up) return false;
    this.#up = true;
    this.outbox.resume();
    return true;
  }

  /** Whether a request of so many bytes has room. */
  accepts(bytes: number): boolean {
    return this.#backlog?.accepts(bytes) ?? this.outbox.accepts(bytes);
  }

  /**
   * Keeps what is for a member that does not listen yet. A piece goes where the beginning of its message went.
   *
   * @param topic decides whether it will be wanted; `undefined` for what is for this member alone.
   * @returns `false` for what is to go to the outbox.
   */
  keep(topic: string | undefined, packet: Packet, bytes?: number): boolean {
    if (this.#backlog === undefined) return false;
    if (isPiece(packet.kind)) return this.#backlog.addPiece(packet, bytes);
    this.#backlog.add(topic, packet, bytes);
    return true;
  }

  /** Sends what was kept of these topics, and keeps the rest. */
  release(wanted: (topic: string) => boolean): void {
    this.#push(this.#backlog?.take((topic) => topic !== undefined && wanted(topic)) ?? []);
  }

  /**
   * Keeps nothing from now on, and sends what was kept of these topics and for this member alone.
   *
   * @param first sends what comes before that.
   */
  open(wanted: (topic: string) => boolean, first: () => void): void {
    const kept = this.#backlog?.take((topic) => topic === undefined || wanted(topic)) ?? [];
    // One that never listens has missed nothing that it wanted.
    if (this.#backlog?.hasLost) warnOfUnheard(memberText(this.member));
    this.#endWait();
    first();
    this.#push(kept);
  }

  /**
   * As `open`, for a member that has not listened in time. Messages that it did not ask for are gone, as those that come
   * later: they do not count as dropped, because the reason is not that there was no room.
   *
   * @param refuse is given each call that was kept for a process that has no bus.
   */
  expire(wanted: (topic: string) => boolean, refuse: (call: readonly Packet[]) => void): void {
    if (this.#up) this.release(wanted);
    const calls = this.#backlog?.take((topic) => topic === undefined) ?? [];
    const unasked = this.#endWait();
    trace('%s has not listened in time; messages dropped: %d', this.stamp, unasked);
    if (this.#up) this.#push(calls);
    else for (const { packets } of calls) refuse(packets);
  }

  /** Answers a question to the router. A member that goes on asking and does not read the answers is ended. */
  tell(packet: Packet): void {
    this.outbox.push(packet);
    if (this.outbox.bytes > this.outbox.limit + MAX_UNREAD_BYTES)
      this.expel('it asks the bus, and does not read what it is answered');
  }

  /** Its bus writes frames of another version: tells it so, once. */
  refuse(version: unknown): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    trace('%s is refused: its frames are of version %s', this.stamp, version);
    process.emitWarning(new BusVersionError(version, VERSION));
    this.#transport.send(mismatchFrame(version), () => {});
  }

  /** Ends its process. */
  expel(why: string): void {
    // Of another machine there is nobody to end.
    if (this.isExpelled || this.isRemote) return;
    this.isExpelled = true;
    trace('%s is expelled: %s', this.stamp, why);
    this.#transport.expel?.(why);
  }

  flushed(): Promise<void> {
    return this.#up ? this.outbox.flushed() : Promise.resolve();
  }

  /** @returns how many messages it had not got. */
  close(): number {
    return this.#endWait() + this.outbox.close();
  }

  /** @returns how many messages were kept in vain. */
  #endWait(): number {
    const { count = 0, dropped = 0 } = this.#backlog ?? {};
    this.#backlog = undefined;
    this.#keptDropped += dropped;
    return count;
  }

  #push(kept: readonly BacklogMessage[]): void {
    for (const { packets } of kept) for (const packet of packets) this.outbox.push(packet);
  }
}
