// The contract of a transport: it moves frames in order, and says when the other side is gone. All else (topics,
// subscriptions, addresses, who waits for what) is above it and written once.

import { setImmediate } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import type { Frame } from '../wire/frame.js';

/** This side's end of a connection between a member and the router. */
export interface Transport {
  /**
   * Hands over a frame. Frames arrive in the order in which they were sent, each once. Must not throw: a connection that is
   * gone drops them.
   *
   * Calls `sent` once, later than this call: when the other side has taken the frame or, where nobody can know that, when the
   * frame has left this process. The bus waits for it when it has 256 KiB on the way. After `gone` it waits for nothing.
   */
  send(frame: Frame, sent: () => void): void;
  /**
   * Ends the process at the other side, which broke the rules of the bus. `why` is a sentence without its subject. Leave it out
   * where the other side is trusted.
   */
  expel?(why: string): void;
}

/** The callbacks of a transport. */
export interface TransportReceiver {
  /** With each frame, as it came: the receiver checks it, whatever it is. */
  frame(frame: unknown): void;
  /** The process at the other side is gone, and what it sent before is still being read. Optional to call. */
  dying(): void;
  /** The other side is gone, and all that it sent was given to `frame`. Nothing follows. */
  gone(): void;
}

/** Opens one end of a connection. It must not call the receiver before it has returned. */
export type OpenTransport = (receiver: TransportReceiver) => Transport;

/** A transport whose other side is this process. A frame arrives after the code that sent it has run. */
export function localTransport(receive: (frame: unknown) => void): Transport {
  return {
    send(frame, sent) {
      nextTick(receive, frame);
      setImmediate(sent);
    },
  };
}
