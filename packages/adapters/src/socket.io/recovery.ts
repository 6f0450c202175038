/**
 * Connection state recovery: brings a client that comes back up to date, in whatever process it arrives.
 *
 * A client is told that it was recovered only if it gets every packet that it missed, once and in order. If that is not certain, it
 * is not recovered. All processes deliver the packets of a namespace in the same order, so the number of the last packet
 * that a client got says which ones it has not got.
 */
import { clearInterval, setInterval } from 'node:timers';
import type { SharedStore } from '@muster/store';
import { LiveSockets } from './live-sockets.js';
import { argumentsOf, isFor, type Packet } from './packet.js';
import { PacketFeed } from './packet-feed.js';
import { PacketLog } from './packet-log.js';
import { SessionKeeper, type SocketState } from './session-keeper.js';
import { SessionRecords, type SessionState } from './session-records.js';

/** How often to look for packets whose sender died before the bus had them, and for sessions to renew. */
const LOOK_EVERY_MS = 5000;
const SLACK_MS = 30_000;

export interface RecoverySettings {
  readonly store: SharedStore;
  readonly name: string;
  readonly namespace: string;
  readonly maxDisconnectionMs: number;
  readonly maxPackets: number;
}

/** The sockets of this process. */
export interface RecoveryHost {
  /** Writes the packet to those that it is for. */
  deliver(packet: Packet): void;
  /** Writes an event to one. */
  write(sid: string, args: unknown[]): void;
  disconnect(sid: string): void;
  /** Of a socket that is connected. */
  stateOf(sid: string): (SocketState & { readonly pid: string }) | undefined;
  /** Also of one that is about to be connected. */
  roomsOf(sid: string): Iterable<string> | undefined;
  hasRoom(room: string): boolean;
}

/** A session between its restoration and the connection of its socket, which a middleware may delay. */
interface Restored {
  readonly epoch: number;
  readonly rooms: readonly string[];
  /** It has the packets up to this number, or gets them with the session. */
  readonly upTo: number;
  /** The packets that came since. */
  readonly later: unknown[][];
  /** The number of the last packet that it gets. */
  last: number;
  /** Whether there is a socket for it. */
  isReturned: boolean;
}

export interface RestoredSession {
  readonly sid: string;
  readonly pid: string;
  readonly epoch: number;
  readonly rooms: string[];
  readonly data: unknown;
  readonly missedPackets: unknown[][];
}

export class Recovery {
  readonly log: PacketLog;
  readonly feed: PacketFeed;
  readonly #host: RecoveryHost;
  readonly #records: SessionRecords;
  readonly #live = new LiveSockets();
  readonly #keeper: SessionKeeper;
  readonly #restored = new Map<string, Restored>();
  /** Sockets that connected before the feed had started. */
  readonly #early = new Set<string>();
  readonly #interval: NodeJS.Timeout;
  #started: Promise<void>;
  #unloggedAt = 0;

  constructor(host: RecoveryHost, settings: RecoverySettings) {
    const { store, name, namespace, maxDisconnectionMs } = settings;
    this.#host = host;
    this.#records = new SessionRecords(store, name, namespace);
    this.#keeper = new SessionKeeper({
      records: this.#records,
      live: this.#live,
      maxDisconnectionMs,
      stateOf: (sid) => host.stateOf(sid),
      delivered: () => this.feed.delivered ?? 0,
    });
    this.log = new PacketLog({ ...settings, keepMs: this.#keeper.lifetimeMs + SLACK_MS });
    this.feed = new PacketFeed(this.log, {
      deliver: (number, packet) => this.#deliver(number, packet),
      deliverLate: (packet) => this.#deliverLate(packet),
      isStoreAway: () => store.status === 'degraded',
    });
    this.#started = this.look();
    this.#interval = setInterval(() => {
      this.#started = this.look();
      void this.#keeper.renew();
    }, LOOK_EVERY_MS).unref();
  }

  /** A packet has come that is not in the log: whoever is not connected misses it. */
  unlogged(): void {
    this.#unloggedAt = this.feed.delivered ?? 0;
  }

  /** Looks for packets that the bus did not bring. */
  look(): Promise<void> {
    return this.feed.look().catch(() => {});
  }

  /** What a client should send when it comes back, if this is the last event that it gets. */
  get offset(): string | undefined {
    return this.feed.delivered?.toString();
  }

  joined(sid: string): void {
    const state = this.#host.stateOf(sid);
    // Not connected so far.
    if (!state) return;
    if (!this.#live.get(sid)) this.#connected(sid, state.pid);
    if (this.feed.delivered === undefined) this.#early.add(sid);
    this.#keeper.changed(sid);
  }

  left(sid: string, room: string): void {
    this.#live.left(sid, room);
    if (this.#live.get(sid)) this.#keeper.changed(sid);
  }

  roomIsEmpty(room: string): void {
    this.#live.roomIsEmpty(room);
  }

  keep(sid: string, state: SocketState): void {
    this.#keeper.keep(sid, state);
  }

  ended(sid: string): void {
    this.#restored.delete(sid);
    this.#early.delete(sid);
    this.#keeper.ended(sid);
  }

  /** Another process has restored the session of a socket that this one may still hold. */
  taken(sid: string, epoch: number): void {
    const socket = this.#live.get(sid);
    if (socket && socket.epoch < epoch) this.#host.disconnect(sid);
  }

  /** `undefined` if the client cannot be brought up to date. */
  async restore(pid: string, offset: string): Promise<RestoredSession | undefined> {
    const got = Number(offset);
    if (!Number.isSafeInteger(got) || got <= 0) return undefined;
    await this.#started;
    // A process that lags behind would send the client what it has already.
    if (!(await this.feed.reached(got))) return undefined;
    const session = await this.#records.take(pid);
    if (!session || this.#restored.get(session.sid)?.isReturned) return undefined;
    this.taken(session.sid, session.epoch);
    const { sid, epoch, rooms, data } = session;
    const delivered = this.feed.delivered ?? 0;
    // From here on, packets are caught as they come.
    const restored: Restored = {
      epoch,
      rooms,
      upTo: delivered,
      later: [],
      last: 0,
      isReturned: false,
    };
    this.#restored.set(sid, restored);
    const missed = await this.#missed(session, got, delivered).catch(() => undefined);
    // The client may have given up this connection and come back with another one.
    if (this.#restored.get(sid) !== restored) return undefined;
    if (!missed) {
      this.#restored.delete(sid);
      return undefined;
    }
    restored.isReturned = true;
    restored.last = Math.max(restored.last, missed.at(-1)?.number ?? 0);
    const missedPackets = missed.map(({ number, packet }) => withOffset(packet, number));
    return { sid, pid, epoch, rooms: [...rooms], data, missedPackets };
  }

  close(): void {
    clearInterval(this.#interval);
    this.feed.close();
    this.#keeper.close();
  }

  /** The packets for the session up to `delivered`. */
  async #missed(session: SessionState, got: number, delivered: number) {
    const { rooms, sent } = session;
    const from = got >= sent.last ? Math.max(got, sent.upTo) : got;
    if (from <= this.#unloggedAt || delivered - from > this.log.maxPackets) return undefined;
    const missed: { readonly number: number; readonly packet: Packet }[] = [];
    for await (const [number, entry] of this.log.read(from + 1, delivered)) {
      if (entry === undefined || entry === 'break') return undefined;
      if (entry !== 'hole' && isFor(rooms, entry)) missed.push({ number, packet: entry });
    }
    return missed;
  }

  #connected(sid: string, pid: string): void {
    const restored = this.#restored.get(sid);
    this.#restored.delete(sid);
    for (const args of restored?.later ?? []) this.#host.write(sid, args);
    this.#live.add(sid, { pid, epoch: restored?.epoch ?? 0, last: restored?.last ?? 0 });
  }

  #deliver(number: number, packet: Packet): void {
    for (const [sid, restored] of this.#restored) {
      const rooms = this.#host.roomsOf(sid) ?? restored.rooms;
      if (number <= restored.upTo || !isFor(rooms, packet)) continue;
      restored.later.push(withOffset(packet, number));
      restored.last = number;
    }
    this.#live.written(number, packet.rooms, (room) => this.#host.hasRoom(room));
    this.#host.deliver(packet);
  }

  /** All other sockets connected after it was emitted, or have got it from the log. */
  #deliverLate(packet: Packet): void {
    for (const sid of this.#early) {
      if (!isFor(this.#host.roomsOf(sid) ?? [], packet)) continue;
      this.#host.write(sid, withOffset(packet, this.feed.delivered ?? 0));
    }
  }
}

function withOffset(packet: Packet, number: number): unknown[] {
  return [...argumentsOf(packet), String(number)];
}
