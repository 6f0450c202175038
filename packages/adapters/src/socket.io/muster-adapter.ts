// Socket.IO's adapter contract over the bus: one adapter for each namespace in each process.
import type { Bus, Delivery, Member } from '@muster/bus';
import { UnsupportedValueError } from '@muster/codec';
import type { SharedStore } from '@muster/store';
import type * as SocketIoAdapter from 'socket.io-adapter';
import { requirePeer } from '../shared/peer.js';
import { asSent } from './as-sent.js';
import { Outgoing } from './outgoing.js';
import { argumentsOf, EVENT, optionsOf, type Packet, packetOf } from './packet.js';
import type { LogEntry } from './packet-log.js';
import { Recovery } from './recovery.js';

const { Adapter, ClusterAdapterWithHeartbeat, MessageType } = requirePeer<typeof SocketIoAdapter>(
  'socket.io',
  'socket.io-adapter',
);
type BroadcastOptions = SocketIoAdapter.BroadcastOptions;
type ClusterMessage = SocketIoAdapter.ClusterMessage;
type ClusterResponse = SocketIoAdapter.ClusterResponse;
type Session = SocketIoAdapter.Session;

export interface AdapterSettings {
  readonly bus: Bus;
  /** Begins the topics on the bus, and the names of namespaces on the store. */
  readonly name: string;
  /** Called if connection state recovery is on. */
  readonly store: () => SharedStore;
  readonly maxPackets: number;
}

/** What an adapter tells those of other processes. */
type Told =
  | { readonly message: ClusterMessage }
  | { readonly packet: LogEntry; readonly number?: number }
  | { readonly taken: string; readonly epoch: number };

interface EventPacket {
  readonly data: unknown[];
  /** With it, the socket waits for an acknowledgement. */
  readonly id?: number;
}

/** What the adapter uses of a socket; Socket.IO types it as `any`. */
interface ConnectedSocket {
  readonly pid: string;
  readonly data: unknown;
  packet(packet: { type: number; data: unknown[] }): void;
  disconnect(close: boolean): void;
}

const HEARTBEATS: ReadonlySet<number> = new Set([
  MessageType.INITIAL_HEARTBEAT,
  MessageType.HEARTBEAT,
  MessageType.ADAPTER_CLOSE,
]);

export class MusterAdapter extends ClusterAdapterWithHeartbeat {
  readonly #bus: Bus;
  readonly #topics: { readonly all: string; readonly one: (uid: string) => string };
  readonly #recovery: Recovery | undefined;
  readonly #outgoing: Outgoing | undefined;
  /** The adapters of each process that was heard of, to forget them at once when it is gone. */
  readonly #adaptersOf = new Map<string, Set<string>>();
  readonly #subscriptions: (() => void)[];

  // biome-ignore lint/suspicious/noExplicitAny: the type of a namespace in the contract.
  constructor(nsp: any, { bus, name, store, maxPackets }: AdapterSettings) {
    super(nsp, {});
    this.#bus = bus;
    this.#topics = {
      all: bus.topicOf(name, nsp.name, 'all'),
      one: (uid) => bus.topicOf(name, nsp.name, 'one', uid),
    };
    const recovery = nsp.server.opts.connectionStateRecovery;
    if (recovery) {
      const kept = store();
      const { maxDisconnectionDuration: maxDisconnectionMs } = recovery;
      const settings = { store: kept, name, namespace: nsp.name, maxDisconnectionMs, maxPackets };
      this.#recovery = new Recovery(this.#host(), settings);
      this.#outgoing = this.#outgoingOf(this.#recovery, kept);
      this.on('delete-room', (room: string) => this.#recovery?.roomIsEmpty(room));
    }
    this.#subscriptions = [
      bus.on(this.#topics.all, (told: Told, delivery) => this.#told(told, delivery)),
      bus.on(this.#topics.one(this.uid), (response: ClusterResponse) => this.onResponse(response)),
      bus.onLeft((member) => this.#left(member)),
      bus.onGap(() => void this.#recovery?.look()),
    ];
  }

  override async broadcast(packet: EventPacket, options: BroadcastOptions): Promise<void> {
    const { local, volatile } = options.flags ?? {};
    // An acknowledgement goes to the one socket that an event was emitted on, and that is here.
    if (local || packet.id !== undefined) {
      this.#inOrder(() => this.#writeHere(packet, options));
      return;
    }
    try {
      const event = packetOf(packet.data, options);
      if (this.#outgoing && !volatile) return this.#outgoing.log(event);
      this.#inOrder(() => {
        this.#tell({ packet: event });
        this.#writeHere(packet, options);
      });
    } catch (error) {
      warn(error);
    }
  }

  override broadcastWithAck(
    packet: EventPacket,
    options: BroadcastOptions,
    clientCount: (count: number) => void,
    ack: (...args: unknown[]) => void,
  ): void {
    this.#inOrder(() => super.broadcastWithAck(packet, options, clientCount, ack));
  }

  override addAll(sid: string, rooms: Set<string>): void {
    super.addAll(sid, rooms);
    this.#recovery?.joined(sid);
  }

  override del(sid: string, room: string): void {
    this.#recovery?.left(sid, room);
    super.del(sid, room);
  }

  override delAll(sid: string): void {
    super.delAll(sid);
    this.#recovery?.ended(sid);
  }

  override persistSession({ sid, rooms, data }: Omit<Session, 'missedPackets'>): void {
    this.#recovery?.keep(sid, { rooms, data });
  }

  override async restoreSession(pid: string, offset: string): Promise<Session> {
    const restored = await this.#recovery?.restore(pid, offset);
    // The contract has no other way to say so; Socket.IO then makes a new session.
    if (!restored) throw new Error('there is no such session, or it has missed what is gone');
    this.#tell({ taken: restored.sid, epoch: restored.epoch });
    return restored;
  }

  override close(): void {
    super.close();
    this.#recovery?.close();
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  protected override doPublish(message: ClusterMessage): Promise<string> {
    if (HEARTBEATS.has(message.type)) {
      this.#tell({ message });
      return Promise.resolve('');
    }
    return new Promise((resolve) => {
      this.#inOrder(() => {
        this.#tell({ message });
        resolve('');
      });
    });
  }

  protected override doPublishResponse(uid: string, response: ClusterResponse): Promise<void> {
    this.#broadcast(this.#topics.one(uid), response);
    return Promise.resolve();
  }

  #told(told: Told, { from }: Delivery): void {
    if ('message' in told) {
      this.#met(told.message.uid, from);
      if (HEARTBEATS.has(told.message.type)) this.onMessage(told.message);
      else this.#follow(() => this.onMessage(told.message));
    } else if ('taken' in told) this.#recovery?.taken(told.taken, told.epoch);
    else if (told.number !== undefined) this.#recovery?.feed.arrived(told.number, told.packet);
    else this.#follow(() => this.#receiveUnlogged(told.packet as Packet));
  }

  #tell(told: Told): void {
    this.#broadcast(this.#topics.all, told);
  }

  #broadcast(topic: string, payload: unknown): void {
    try {
      void this.#bus.broadcast(topic, payload);
    } catch (error) {
      if (error instanceof UnsupportedValueError) void this.#bus.broadcast(topic, asSent(payload));
      else warn(error);
    }
  }

  /** Runs `run` after everything that was emitted here before. */
  #inOrder(run: () => void): void {
    if (this.#outgoing) this.#outgoing.run(() => this.#follow(run));
    else run();
  }

  /** Runs `run` after every packet that has arrived. */
  #follow(run: () => void): void {
    if (this.#recovery) this.#recovery.feed.follow(run);
    else run();
  }

  #outgoingOf(recovery: Recovery, store: SharedStore): Outgoing {
    return new Outgoing({
      log: recovery.log,
      isStoreAway: () => store.status === 'degraded',
      numbered: (number, packet) => {
        this.#tell({ packet, number });
        recovery.feed.arrived(number, packet);
      },
      unlogged: (packet) => {
        this.#tell({ packet });
        this.#follow(() => this.#receiveUnlogged(packet));
      },
    });
  }

  #host() {
    const socketOf = (sid: string): ConnectedSocket | undefined => this.nsp.sockets.get(sid);
    return {
      deliver: (packet: Packet) => this.#receive(packet),
      write: (sid: string, data: unknown[]) => socketOf(sid)?.packet({ type: EVENT, data }),
      disconnect: (sid: string) => socketOf(sid)?.disconnect(true),
      stateOf: (sid: string) => {
        const socket = socketOf(sid);
        const rooms = [...(this.sids.get(sid) ?? [])];
        return socket && { pid: socket.pid, rooms, data: socket.data };
      },
      roomsOf: (sid: string) => this.sids.get(sid),
      hasRoom: (room: string) => this.rooms.has(room),
    };
  }

  #receiveUnlogged(packet: Packet): void {
    if (!packet.volatile) this.#recovery?.unlogged();
    this.#receive(packet);
  }

  #receive(packet: Packet): void {
    const isForNobody =
      packet.rooms.length > 0 && !packet.rooms.some((room) => this.rooms.has(room));
    if (isForNobody) return;
    this.#writeHere({ data: argumentsOf(packet) }, optionsOf(packet));
  }

  /** A client takes the last argument for its offset, so each event gets one. */
  #writeHere(packet: EventPacket, options: BroadcastOptions): void {
    const offset = this.#recovery?.offset;
    const isStamped = offset !== undefined && packet.id === undefined;
    const data = isStamped ? [...packet.data, offset] : packet.data;
    Adapter.prototype.broadcast.call(this, { type: EVENT, ...packet, data }, options);
  }

  #met(uid: string, member: Member): void {
    const key = keyOf(member);
    const adapters = this.#adaptersOf.get(key);
    if (adapters) adapters.add(uid);
    else this.#adaptersOf.set(key, new Set([uid]));
  }

  /** Whatever waits for an answer of its adapters waits no longer. */
  #left(member: Member): void {
    const key = keyOf(member);
    for (const uid of this.#adaptersOf.get(key) ?? []) {
      this.onMessage({ uid, nsp: this.nsp.name, type: MessageType.ADAPTER_CLOSE });
    }
    this.#adaptersOf.delete(key);
    // It may have died between the log and the bus.
    void this.#recovery?.look();
  }
}

function keyOf({ machine, slot, generation }: Member): string {
  return `${machine} ${slot} ${generation}`;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
