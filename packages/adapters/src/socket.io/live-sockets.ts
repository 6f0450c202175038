/**
 * What this process knows of its connected sockets for the time after they are gone: which packets were written to each. Per
 * room and not per socket, so that a packet costs the same however many sockets it is for.
 */
import type { SentSoFar } from './session-records.js';

export interface LiveSocket {
  readonly pid: string;
  readonly epoch: number;
  /** Of packets that the rooms no longer tell: those of rooms that it has left, and those that it had missed. */
  last: number;
  /** Whether its session was written for the time after the disconnect. */
  kept: boolean;
}

export class LiveSockets {
  readonly #sockets = new Map<string, LiveSocket>();
  readonly #lastTo = new Map<string, number>();
  #lastToAll = 0;

  add(sid: string, { pid, epoch, last }: Pick<LiveSocket, 'pid' | 'epoch' | 'last'>): void {
    this.#sockets.set(sid, { pid, epoch, last, kept: false });
  }

  get(sid: string): LiveSocket | undefined {
    return this.#sockets.get(sid);
  }

  remove(sid: string): void {
    this.#sockets.delete(sid);
  }

  ids(): string[] {
    return [...this.#sockets.keys()];
  }

  /** A packet was written to the sockets of these rooms, of which `exists` says whether anybody is in them. */
  written(number: number, rooms: readonly string[], exists: (room: string) => boolean): void {
    if (rooms.length === 0) this.#lastToAll = number;
    for (const room of rooms) if (exists(room)) this.#lastTo.set(room, number);
  }

  left(sid: string, room: string): void {
    const socket = this.#sockets.get(sid);
    if (socket) socket.last = Math.max(socket.last, this.#lastTo.get(room) ?? 0);
  }

  roomIsEmpty(room: string): void {
    this.#lastTo.delete(room);
  }

  sent(sid: string, rooms: readonly string[], upTo: number): SentSoFar {
    const own = this.#sockets.get(sid)?.last ?? 0;
    const last = rooms.map((room) => this.#lastTo.get(room) ?? 0);
    return { upTo, last: Math.max(own, this.#lastToAll, ...last) };
  }
}
