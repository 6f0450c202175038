// The contract of a transport. It moves frames in order and says when the other side is gone; all else
// (topics, interest, addressing, who waits for what) is above it and written once.

import { setImmediate } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import type { Frame } from '../wire/frame.js';

/** This side's end of a channel. */
export interface Transport {
  /**
   * Hands over a frame. Never throws: a channel that is gone swallows it.
   * Calls `sent` once, later than this call, when the frame has left this process or never will.
   */
  send(frame: Frame, sent: () => void): void;
  /**
   * Ends the process at the other side, which does not keep the rules. `why`: a sentence without its subject. Absent where
   * that is this one.
   */
  expel?(why: string): void;
}

/** A transport whose other side is this process. What is sent arrives after the code that sent it. */
export function localTransport(receive: (frame: unknown) => void): Transport {
  return {
    send(frame, sent) {
      nextTick(receive, frame);
      setImmediate(sent);
    },
  };
}

/** What the owner of a transport does with what comes out of it. */
export interface TransportReceiver {
  /** Anything at all: it is the receiver that judges it. */
  frame(message: unknown): void;
  /** The other side's process is gone; what it sent before is still being read. May be left out. */
  dying(): void;
  /** The other side is gone, and all that it sent was received. Called once. */
  gone(): void;
}
