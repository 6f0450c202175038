/** Keeps the sessions of the connected sockets of this process on the store, up to date enough to be restored. */
import { clearImmediate, setImmediate } from 'node:timers';
import { timeOfDay } from '@muster/codec/timers';
import type { LiveSocket, LiveSockets } from './live-sockets.js';
import type { SessionRecords } from './session-records.js';

const SAVED_AT_ONCE = 100;

/** Rooms and data of a connected socket. */
export type SocketState = { readonly rooms: readonly string[]; readonly data: unknown };

export interface KeeperSettings {
  readonly records: SessionRecords;
  readonly live: LiveSockets;
  /** How long a session outlives its socket. */
  readonly maxDisconnectionMs: number;
  readonly stateOf: (sid: string) => SocketState | undefined;
  /** The number up to which packets were delivered. */
  readonly delivered: () => number;
}

export class SessionKeeper {
  readonly #settings: KeeperSettings;
  readonly #changed = new Set<string>();
  #flush: NodeJS.Immediate | undefined;
  #renewedAt = timeOfDay();

  constructor(settings: KeeperSettings) {
    this.#settings = settings;
  }

  /**
   * How long the session of a connected socket is stored: until the next renewal, and then as long as it may outlive its socket,
   * which may not have told that it ended.
   */
  get lifetimeMs(): number {
    return this.#settings.maxDisconnectionMs * 1.5;
  }

  /** The rooms of the socket have changed. All changes of a turn are one write. */
  changed(sid: string): void {
    this.#changed.add(sid);
    this.#flush ??= setImmediate(() => {
      this.#flush = undefined;
      const sids = [...this.#changed];
      this.#changed.clear();
      void this.#saveAll(sids);
    });
  }

  /** Writes the sessions of all connected sockets anew, if it is time. */
  async renew(): Promise<void> {
    const { maxDisconnectionMs, live } = this.#settings;
    if (timeOfDay() - this.#renewedAt < maxDisconnectionMs / 2 - 5000) return;
    this.#renewedAt = timeOfDay();
    await this.#saveAll(live.ids());
  }

  /** Writes the session of a socket that is about to end. */
  keep(sid: string, state: SocketState): void {
    const socket = this.#settings.live.get(sid);
    if (!socket) return;
    socket.kept = true;
    void this.#save(sid, socket, state, this.#settings.maxDisconnectionMs);
  }

  /** The socket has ended. If its session was not kept, it ends too. */
  ended(sid: string): void {
    const { live, records } = this.#settings;
    const socket = live.get(sid);
    live.remove(sid);
    this.#changed.delete(sid);
    if (socket && !socket.kept) records.forget(socket.pid, socket.epoch).catch(() => {});
  }

  close(): void {
    clearImmediate(this.#flush);
  }

  async #saveAll(sids: readonly string[]): Promise<void> {
    const { live, stateOf } = this.#settings;
    for (let at = 0; at < sids.length; at += SAVED_AT_ONCE) {
      const saved = sids.slice(at, at + SAVED_AT_ONCE).map(async (sid) => {
        const socket = live.get(sid);
        const state = stateOf(sid);
        if (socket && state) await this.#save(sid, socket, state, this.lifetimeMs);
      });
      await Promise.all(saved);
    }
  }

  /** A session that cannot be written is one that will not be recovered. */
  async #save(sid: string, socket: LiveSocket, state: SocketState, ttlMs: number): Promise<void> {
    const { records, live, delivered } = this.#settings;
    const sent = live.sent(sid, state.rooms, delivered());
    try {
      await records.save(socket.pid, socket.epoch, { ...state, sid, sent }, ttlMs);
    } catch {}
  }
}
