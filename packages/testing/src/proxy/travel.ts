// The bytes of one direction of a connection: passed on in their order, later by the delay, and not while the road is closed.
import type { Socket } from 'node:net';
import { setTimer, type Timer } from '@muster/codec/timers';
import { now } from '../now.js';

/** What all connections of a proxy travel on. */
export interface Road {
  isOpen: boolean;
  /** Milliseconds. */
  delayMs: number;
  /** Called when `isOpen` changes. */
  readonly waiting: Set<() => void>;
}

/** Bytes of one direction that wait here; above that, the sender waits. */
const MOST_BYTES = 1024 * 1024;

interface Piece {
  /** `undefined`: the sender ends. */
  readonly data: Buffer | undefined;
  /** Of `now()`. */
  readonly dueAt: number;
}

export function travel(from: Socket, to: Socket, road: Road): void {
  const pieces: Piece[] = [];
  let bytes = 0;
  let isFull = false;
  let timer: Timer | undefined;

  const look = () => {
    timer?.clear();
    timer = undefined;
    while (road.isOpen && !isFull) {
      const [piece] = pieces;
      if (!piece) break;
      const earlyMs = piece.dueAt - now();
      if (earlyMs > 0) {
        // A timer of Node may fire a part of a millisecond early.
        timer = setTimer(look, Math.ceil(earlyMs)).unref();
        break;
      }
      pieces.shift();
      pass(piece);
    }
    // A closed road is not read from either: that somebody has left is not known on the other side of a pulled cable.
    if (road.isOpen && !isFull && bytes < MOST_BYTES) from.resume();
    else from.pause();
  };
  const pass = ({ data }: Piece) => {
    if (!data) {
      to.end();
      return;
    }
    bytes -= data.length;
    isFull = !to.write(data);
    if (isFull) to.once('drain', drained);
  };
  const drained = () => {
    isFull = false;
    look();
  };
  const take = (data: Buffer | undefined) => {
    bytes += data?.length ?? 0;
    pieces.push({ data, dueAt: now() + road.delayMs });
    look();
  };

  from.on('data', take);
  from.once('end', () => take(undefined));
  road.waiting.add(look);
  from.once('close', () => road.waiting.delete(look));
  to.once('close', () => timer?.clear());
  look();
}
