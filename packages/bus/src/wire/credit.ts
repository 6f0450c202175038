// Flow control: how much a sender may have on its way. Pure functions of small states, so that a test can walk through
// every order in which things happen.
//
// Between a sender and the router there is a window: the sender may send so many bytes that the router has not routed yet.
// The sender marks its data, and the router returns each mark when it gets there. For each receiver the router has a ledger.
// When the receiver's outbox is full, the router reports that to each sender that sends to it, once, and the sender has a
// credit from then on. When there is room again, the router reports that to all of them. In the same way, and long before the
// outbox is full, it reports that the receiver is busy: a sender that waits then waits at once, since its messages would wait
// in the router, and come late. Reports and returned marks go before all data, and the window bounds what a sender can send
// before it hears of one. So:
//
// - A sender that waits while a receiver is full has never used up its credit, with everything that it has sent and that is
//   not routed inside its window: none of its messages is dropped.
// - A sender that heard a report waits only for the receiver to read, and a member reads whatever else it waits for. So no
//   sender waits for ever.

// A sender's way to the router.

/** The windows of all senders together, in bytes: routing so much takes no longer than about 100 ms. */
const ALL_WINDOWS_BYTES = 1024 * 1024;

/** Of one sender, in bytes. */
const MAX_WINDOW_BYTES = 256 * 1024;

/**
 * How large a sender's window is, in bytes, where so many members may send. No smaller than a quarter of the largest: after
 * it has become smaller, what left without a mark is still less than a window, and something may leave that is marked.
 */
export function windowBytes(members: number): number {
  const share = ALL_WINDOWS_BYTES / members;
  return Math.max(MAX_WINDOW_BYTES / 4, Math.min(MAX_WINDOW_BYTES, share));
}

export interface Window {
  /** Bytes that were sent, and that the router is not known to have routed. */
  readonly unrouted: number;
  /** Bytes after the last mark. */
  readonly unmarked: number;
  /** The bytes up to each mark that has not returned, oldest first. */
  readonly marks: readonly number[];
}

export const EMPTY_WINDOW: Window = Object.freeze({ unrouted: 0, unmarked: 0, marks: [] });

export function mayLeave({ unrouted }: Window, size: number): boolean {
  return unrouted < size;
}

/** Whether a sender should wait before it sends more. @param waiting what is still to leave */
export function isBusy({ unrouted }: Window, waiting: number, size: number): boolean {
  return unrouted + waiting >= size;
}

/** So many bytes leave. @returns whether a mark is to follow them. */
export function leave(window: Window, bytes: number, size: number): [Window, boolean] {
  const unrouted = window.unrouted + bytes;
  const unmarked = window.unmarked + bytes;
  if (unmarked < size / 4) return [{ ...window, unrouted, unmarked }, false];
  return [{ unrouted, unmarked: 0, marks: [...window.marks, unmarked] }, true];
}

/** The oldest mark has returned. */
export function returned(window: Window): Window {
  const [routed = 0, ...marks] = window.marks;
  return { ...window, unrouted: window.unrouted - routed, marks };
}

// The router's ledger of one receiver.

/** The senders that know that it is full, and the bytes that came from each since then. */
export type Ledger = ReadonlyMap<string, number>;

export const EMPTY_LEDGER: Ledger = new Map();

export interface Arrival {
  readonly ledger: Ledger;
  /** The router has to report to the sender that the receiver is full. */
  readonly tell: boolean;
  /** How many bytes more than its credit the sender has sent. */
  readonly over: number;
}

/**
 * So many bytes of a sender were added to the receiver's outbox.
 *
 * @param waiting what is in the outbox now
 * @param limit when it is full
 * @param credit how much a sender that knows may still send: no less than its window
 */
export function arrive(
  ledger: Ledger,
  sender: string,
  bytes: number,
  waiting: number,
  limit: number,
  credit: number,
): Arrival {
  const since = ledger.get(sender);
  if (since === undefined) {
    if (waiting <= limit) return { ledger, tell: false, over: 0 };
    return { ledger: new Map(ledger).set(sender, 0), tell: true, over: 0 };
  }
  const now = since + bytes;
  return { ledger: new Map(ledger).set(sender, now), tell: false, over: Math.max(0, now - credit) };
}

/** So many bytes of a sender were dropped from the outbox. */
export function shed(ledger: Ledger, sender: string, bytes: number): Ledger {
  const since = ledger.get(sender);
  return since === undefined ? ledger : new Map(ledger).set(sender, since - bytes);
}

/** Whether the router has to report that there is room, and the ledger is empty again. */
export function hasRoom(waiting: number, limit: number): boolean {
  return waiting <= limit / 2;
}

// The receivers that a sender knows to be full.

/** By receiver, how much may still be sent to it. */
export type Credits = ReadonlyMap<string, number>;

/** @returns `undefined` where the credit does not suffice. */
export function spend(credits: Credits, receiver: string, bytes: number): Credits | undefined {
  const left = credits.get(receiver);
  if (left === undefined) return credits;
  return left < bytes ? undefined : new Map(credits).set(receiver, left - bytes);
}
