import type { Address, Packet } from '../wire/frame.js';

/** The way to the router: an outbox in a worker, the router itself where it lives in this process. */
export interface Uplink {
  /** Above it, who sends should wait. In bytes. */
  readonly limit: number;
  /** The size of the messages that wait here. */
  readonly bytes: number;
  /** @param bytes of it, where they are known. */
  push(packet: Packet, bytes?: number): void;
  /** Adds a message to the last packet that was pushed. @returns `false` if it has to be pushed */
  extend(kind: string, name: string, address: Address, payload: unknown): boolean;
  /** Whether a call of so many bytes may be added. */
  accepts(bytes: number): boolean;
  /** Calls back, once, when it has room again. */
  onRoom(listener: () => void): void;
  /** Whether so much is on its way to the router that a sender should wait, full or not. */
  readonly isBusy: boolean;
  /** Calls back, once, when it is no longer. */
  onCalm(listener: () => void): void;
  /** The oldest mark that was sent has returned. */
  returned(): void;
  /** Learns of members that are there and were not told of yet. */
  lookUp(): void;
  /** Makes this process known to the router. Once more does no harm. */
  hello(): void;
  /** The router knows this process: what is pushed may go. @param limit of an outbox of the router, in bytes */
  welcomed(limit: number): void;
  flushed(): Promise<void>;
}
