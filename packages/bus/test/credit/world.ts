// Two senders, a router and two receivers, as far as credits are concerned: a state, and all that can happen next.

import type * as Credit from '../../dist/wire/credit.js';

export type Arithmetic = Pick<
  typeof Credit,
  'arrive' | 'hasRoom' | 'isBusy' | 'leave' | 'mayLeave' | 'returned' | 'EMPTY_WINDOW'
>;

export interface Bounds {
  /** What each sender sends, one after the other, each when it may: for whom each message is. */
  readonly plans: readonly (readonly string[])[];
  readonly window: number;
  readonly limit: number;
  /** What waits for a receiver that is busy. */
  readonly busy: number;
  /** Receivers that never read. */
  readonly blocked: string;
}

type Message = readonly [sender: number, n: number, to: string];
type Notice = readonly ['full' | 'room' | 'busy' | 'calm', string] | readonly ['mark'];

interface Sender {
  sent: number;
  /** Waits to leave. */
  queue: Message[];
  /** Has left, and is not routed. */
  wire: (Message | null)[];
  notices: Notice[];
  window: Credit.Window;
  full: string[];
  busy: string[];
}

interface Receiver {
  outbox: Message[];
  /** How many of each sender it got. */
  got: number[];
  ledger: [string, number][];
  /** Who was told that it is busy. */
  told: number[];
}

export interface World {
  senders: Sender[];
  receivers: Record<string, Receiver>;
}

class Violation extends Error {}

export function start({ plans }: Bounds, { EMPTY_WINDOW }: Arithmetic): World {
  const receiver = () => ({ outbox: [], got: plans.map(() => 0), ledger: [], told: [] });
  return {
    senders: plans.map(() => ({
      sent: 0,
      queue: [],
      wire: [],
      notices: [],
      window: EMPTY_WINDOW,
      full: [],
      busy: [],
    })),
    receivers: { X: receiver(), Y: receiver() },
  };
}

/** Every world that can come next. */
export function next(world: World, bounds: Bounds, credit: Arithmetic): World[] {
  const worlds: World[] = [];
  const step = (change: (copy: World) => void) => {
    const copy = structuredCloneOf(world);
    change(copy);
    worlds.push(copy);
  };
  world.senders.forEach((sender, i) => {
    if (maySend(sender, i, bounds, credit)) step((copy) => send(copy, i, bounds, credit));
    if (sender.wire.length > 0) step((copy) => route(copy, i, bounds, credit));
    if (sender.notices.length > 0) step((copy) => hear(copy.senders[i] as Sender, bounds, credit));
  });
  for (const [name, { outbox }] of Object.entries(world.receivers)) {
    if (outbox.length > 0 && !bounds.blocked.includes(name)) {
      step((copy) => read(copy, name, bounds, credit));
    }
  }
  return worlds;
}

/** A sender that awaits: no receiver of its next message is full or busy, and what it sent is within its window. */
function maySend(sender: Sender, i: number, bounds: Bounds, credit: Arithmetic): boolean {
  const { plans, window } = bounds;
  const to = plans[i]?.[sender.sent];
  if (to === undefined) return false;
  if ([...sender.full, ...sender.busy].some((name) => to.includes(name))) return false;
  return !credit.isBusy(sender.window, sender.queue.length, window);
}

function send({ senders }: World, i: number, bounds: Bounds, credit: Arithmetic): void {
  const sender = senders[i] as Sender;
  const to = bounds.plans[i]?.[sender.sent] as string;
  sender.queue.push([i, sender.sent, to]);
  sender.sent++;
  leave(sender, bounds, credit);
}

/** What may leave does so at once. */
function leave(sender: Sender, { window }: Bounds, credit: Arithmetic): void {
  while (sender.queue.length > 0 && credit.mayLeave(sender.window, window)) {
    sender.wire.push(sender.queue.shift() as Message);
    const [now, isMarked] = credit.leave(sender.window, 1, window);
    sender.window = now;
    if (isMarked) sender.wire.push(null);
  }
}

function route(world: World, i: number, bounds: Bounds, credit: Arithmetic): void {
  const { limit, busy, window } = bounds;
  const { wire, notices } = world.senders[i] as Sender;
  const message = wire.shift();
  if (message === undefined) return;
  if (message === null) {
    notices.push(['mark']);
    return;
  }
  for (const name of message[2]) {
    const receiver = world.receivers[name] as Receiver;
    receiver.outbox.push(message);
    const { ledger } = receiver;
    const waiting = receiver.outbox.length;
    if (waiting > busy && !receiver.told.includes(i)) {
      receiver.told.push(i);
      notices.push(['busy', name]);
    }
    const arrival = credit.arrive(new Map(ledger), `${i}`, 1, waiting, limit, window);
    receiver.ledger = [...arrival.ledger];
    if (arrival.tell) notices.push(['full', name]);
    if (arrival.over > 0) throw new Violation('a sender that waits is over its credit');
    if (waiting > Math.min(limit, busy) + world.senders.length * (window + 1)) {
      throw new Violation('an outbox grows beyond its bound');
    }
  }
}

function hear(sender: Sender, bounds: Bounds, credit: Arithmetic): void {
  const [what, name] = sender.notices.shift() as Notice;
  if (what === 'mark') {
    sender.window = credit.returned(sender.window);
    leave(sender, bounds, credit);
  } else {
    const list = what === 'full' || what === 'room' ? 'full' : 'busy';
    sender[list] = sender[list].filter((one) => one !== name);
    if (what === list) sender[list].push(name as string);
  }
}

function read(world: World, name: string, bounds: Bounds, credit: Arithmetic): void {
  const { limit, busy } = bounds;
  const receiver = world.receivers[name] as Receiver;
  const [sender, n] = receiver.outbox.shift() as Message;
  const before = receiver.got[sender] as number;
  if (n < before) throw new Violation('a message comes twice, or after a later one');
  receiver.got[sender] = n + 1;
  if (credit.hasRoom(receiver.outbox.length, busy)) {
    for (const told of receiver.told) world.senders[told]?.notices.push(['calm', name]);
    receiver.told = [];
  }
  if (!credit.hasRoom(receiver.outbox.length, limit)) return;
  for (const [told] of receiver.ledger) world.senders[Number(told)]?.notices.push(['room', name]);
  receiver.ledger = [];
}

/** Nothing can happen any more. */
export function judgeEnd(world: World, { plans, blocked }: Bounds): void {
  for (const [i, sender] of world.senders.entries()) {
    const left = plans[i]?.slice(sender.sent) ?? [];
    const isHeldUp = left.length > 0 && [...blocked].some((name) => left[0]?.includes(name));
    if (left.length > 0 && !isHeldUp) throw new Violation('a sender waits for ever');
    if (sender.queue.length > 0) throw new Violation('a message never leaves');
    const taken = [...sender.full, ...sender.busy];
    if (!isHeldUp && taken.some((name) => !blocked.includes(name))) {
      throw new Violation('a sender takes a receiver for full for ever');
    }
  }
}

function structuredCloneOf(world: World): World {
  return {
    senders: world.senders.map((one) => ({
      ...one,
      queue: [...one.queue],
      wire: [...one.wire],
      notices: [...one.notices],
      full: [...one.full],
      busy: [...one.busy],
    })),
    receivers: Object.fromEntries(
      Object.entries(world.receivers).map(([name, one]) => [
        name,
        { outbox: [...one.outbox], got: [...one.got], ledger: one.ledger, told: [...one.told] },
      ]),
    ),
  };
}
