// A small world: two or three machines that follow the group as the bridge does, and a log that repeats, trims and loses
// entries. Plain data, so that worlds can be compared; the group of a machine is what follows from the entries that it has read.

import type { Content, Entry } from '../../dist/entries/entry.js';
import type { GroupEvent } from '../../dist/peers/events.js';
import type { Group } from '../../dist/peers/group.js';
import type { LastCommitted } from '../../dist/peers/self.js';

export type GroupClass = typeof Group;

/** How often each thing may happen. */
export interface Bounds {
  readonly machines: 2 | 3;
  /** Messages of each machine. */
  readonly messages: number;
  /** Times at which everybody is silent for longer than a machine may be. */
  readonly silences: number;
  /** The log loses its last entry, as in a failover. */
  readonly losses: number;
  /** The log drops its entries up to the first that a machine has not read, as when it is trimmed. */
  readonly trims: number;
  /** An entry is appended twice, because its first outcome was not known. */
  readonly repeats: number;
  readonly kills: number;
}

/**
 * To be appended. Each message is the retained value of its machine as well.
 *
 * @property message its number, if it is one
 * @property answer who asked for the value, if it is that, which is the number of the last message that was sent
 */
interface Item {
  readonly content: Content;
  readonly message?: number;
  readonly answer?: string;
}

interface Written extends Item {
  readonly epoch: number;
  readonly seq: number;
}

/** What one machine has delivered of another one. */
interface Delivered {
  isPresent: boolean;
  /** The number of the last message. */
  last: number;
  /** The highest number that the next one may have without a gap; `null` after a gap. */
  next: number | null;
  /** Its retained value. */
  value: number;
  /** Whether something was missed, and no gap was reported since. */
  hasOpenGap: boolean;
}

interface Machine {
  readonly id: string;
  isAlive: boolean;
  epoch: number;
  seq: number;
  messages: number;
  queue: Item[];
  written: Written[];
  /** How far it has read the log. */
  at: number;
  /** The entries that it has read, each with its time. */
  history: Stored[];
  delivered: Record<string, Delivered>;
  order: string[];
}

/** An entry in the log: its place among all that any world has, and when it was appended. */
type Stored = readonly [entry: number, atMs: number];

interface Kept {
  readonly entry: Entry;
  readonly message: number | undefined;
  readonly answer: string | undefined;
  /** How many messages its machine had sent before. */
  readonly before: number;
}

const entries: Kept[] = [];
const places = new Map<string, number>();

/** Equal entries of all worlds have one place. */
function placeOf(kept: Kept): number {
  const text = JSON.stringify(kept);
  let place = places.get(text);
  if (place === undefined) {
    place = entries.push(kept) - 1;
    places.set(text, place);
  }
  return place;
}

export interface World {
  nowMs: number;
  /** `null` where one was trimmed. */
  log: (Stored | null)[];
  machines: Machine[];
  left: Omit<Bounds, 'machines' | 'messages'>;
  hasLost: boolean;
  /** Whether the log has lost or dropped anything. */
  isWhole: boolean;
  /** Whether nobody was silent for so long that a gap may have been reported without an answer. */
  isPunctual: boolean;
}

class Violation extends Error {}

const GONE_MS = 100;
const HISTORY_MS = 1_000_000;
const IDS = ['a-0000001', 'b-0000001', 'c-0000001'];

/** Machines that know each other, and have sent nothing. */
export function start({ machines: count, messages: _, ...left }: Bounds, Class: GroupClass): World {
  const machines = IDS.slice(0, count).map(
    (id): Machine => ({
      ...{ id, isAlive: true, epoch: 1, seq: 0, messages: 0, at: 0 },
      ...{ queue: [helloOf(id, [], 0)], written: [], history: [], delivered: {}, order: [] },
    }),
  );
  const world: World = {
    nowMs: 1_000,
    log: [],
    machines,
    left,
    hasLost: false,
    isWhole: true,
    isPunctual: true,
  };
  for (const machine of machines) {
    machine.at = world.log.length;
    append(world, machine);
    settle(world, Class, machines.slice(0, machines.indexOf(machine) + 1));
  }
  return world;
}

/** Worlds with the same key are the same. */
export function keyOf({ nowMs, log, machines, left }: World): string {
  const own = machines.map(({ isAlive, seq, messages, at, queue, written, history }) =>
    [+isAlive, seq, messages, at, JSON.stringify(queue), written.length, history.join(' ')].join(),
  );
  return [nowMs, log.join(' '), Object.values(left).join(), ...own].join('|');
}

function copyOf(world: World): World {
  return {
    ...world,
    log: [...world.log],
    machines: world.machines.map((machine) => ({
      ...machine,
      queue: [...machine.queue],
      written: [...machine.written],
      history: [...machine.history],
      order: [...machine.order],
      delivered: Object.fromEntries(
        Object.entries(machine.delivered).map(([id, of]) => [id, { ...of }]),
      ),
    })),
  };
}

/** All that can happen next. */
export function next(world: World, bounds: Bounds, Class: GroupClass): World[] {
  const worlds: World[] = [];
  const happens = (what: (changed: World) => void) => {
    const changed = copyOf(world);
    what(changed);
    worlds.push(changed);
  };
  const { left, log } = world;
  world.machines.forEach((machine, i) => {
    if (!machine.isAlive) return;
    const of = (changed: World) => changed.machines[i] as Machine;
    if (machine.queue.length > 0 || machine.messages < bounds.messages) {
      happens((changed) => {
        if (machine.queue.length === 0) send(of(changed));
        append(changed, of(changed));
      });
    }
    if (machine.at < log.length)
      happens((changed) => readOne(changed, of(changed), groupOf(machine, Class)));
    const last = log.at(-1);
    const isOwn = last && entries[last[0]]?.entry.machine === machine.id;
    if (left.repeats > 0 && isOwn) {
      happens((changed) => {
        changed.left = { ...left, repeats: left.repeats - 1 };
        changed.log.push([last[0], changed.nowMs]);
      });
    }
    if (left.kills > 0) {
      happens((changed) => {
        changed.left = { ...left, kills: left.kills - 1 };
        of(changed).isAlive = false;
      });
    }
  });
  if (left.silences > 0) {
    happens((changed) => {
      changed.left = { ...left, silences: left.silences - 1 };
      changed.nowMs += GONE_MS + 1;
      changed.isPunctual = false;
    });
  }
  if (left.losses > 0 && log.length > 0) {
    happens((changed) => {
      changed.left = { ...left, losses: left.losses - 1 };
      changed.hasLost = true;
      changed.isWhole = false;
      changed.log.pop();
      // A reader that has read what is lost begins again.
      for (const one of changed.machines) if (one.at > changed.log.length) one.at = 0;
    });
  }
  const unread = Math.min(...world.machines.filter((one) => one.isAlive).map(({ at }) => at));
  if (left.trims > 0 && unread < log.length) {
    happens((changed) => {
      changed.left = { ...left, trims: left.trims - 1 };
      changed.isWhole = false;
      changed.log = changed.log.map((stored, at) => (at > unread ? stored : null));
    });
  }
  return worlds;
}

/** When nothing goes wrong any more, all agree, and whatever is missing was told. @throws Violation */
export function judgeEnd(world: World, Class: GroupClass): void {
  const end = copyOf(world);
  settle(end, Class, end.machines);
  const alive = end.machines.filter(({ isAlive }) => isAlive);
  for (const machine of alive) {
    const present = groupOf(machine, Class).present.map(({ id, epoch }) => `${id}.${epoch}`);
    const others = alive.filter((other) => other !== machine);
    const expected = others.map(({ id, epoch }) => `${id}.${epoch}`);
    fail(present.sort().join() !== expected.sort().join(), `${machine.id} knows ${present.join()}`);
    for (const { id, messages } of others) {
      const { last = 0, next: due, value = 0, hasOpenGap } = machine.delivered[id] ?? {};
      fail(due !== null && last < messages, `${machine.id} misses messages of ${id} without a gap`);
      fail(hasOpenGap === true, `${machine.id} reports no gap of ${id}`);
      fail(value !== messages, `${machine.id} retains ${value} of ${id}, which is at ${messages}`);
    }
  }
  if (!end.hasLost) for (const one of alive) for (const other of alive) agree(one, other);
}

/** Two machines deliver what both deliver in one order. */
function agree(one: Machine, other: Machine): void {
  const common = (mine: Machine, theirs: Machine) =>
    mine.order.filter((message) => theirs.order.includes(message)).join();
  fail(common(one, other) !== common(other, one), `${one.id} and ${other.id} see two orders`);
}

/** Everybody reads and writes for a while. */
function settle(world: World, Class: GroupClass, machines: readonly Machine[]): void {
  const alive = machines.filter(({ isAlive }) => isAlive);
  const groups = alive.map((machine) => [machine, groupOf(machine, Class)] as const);
  for (let beats = 0; beats < 16; beats++) {
    const isQuiet = alive.every(({ queue, at }) => queue.length === 0 && at === world.log.length);
    if (isQuiet && beats > 5) return;
    world.nowMs += GONE_MS / 5;
    for (const machine of alive) {
      if (machine.queue.length === 0) machine.queue.push({ content: { kind: 'heartbeat' } });
      while (machine.queue.length > 0) append(world, machine);
    }
    for (const [machine, group] of groups) {
      while (machine.at < world.log.length) readOne(world, machine, group);
    }
  }
}

function send(machine: Machine): void {
  machine.messages++;
  machine.queue.push({ content: DATA, message: machine.messages });
}

const DATA: Content = { kind: 'data', attempts: undefined };

function helloOf(
  name: string,
  known: readonly string[],
  sinceMs: number,
  committed?: LastCommitted,
): Item {
  return { content: { kind: 'hello', name, sinceMs, committed, lost: false, known } };
}

function append(world: World, machine: Machine): void {
  const item = machine.queue.shift();
  if (item === undefined) return;
  const { id, epoch } = machine;
  machine.seq++;
  const head = { machine: id, epoch, seq: machine.seq, seenMs: 0, sections: [] };
  const entry = { ...head, ...item.content } as Entry;
  const isNew =
    item.message !== undefined && item.content.kind === 'data' && !item.content.attempts;
  const before = machine.messages - (isNew ? 1 : 0);
  world.log.push([
    placeOf({ entry, message: item.message, answer: item.answer, before }),
    world.nowMs,
  ]);
  machine.written.push({ ...item, epoch, seq: machine.seq });
}

function groupOf(machine: Machine, Class: GroupClass): Group {
  const group = new Class(machine.id, HISTORY_MS, GONE_MS);
  for (const stored of machine.history) take(group, stored);
  return group;
}

/** As the bridge, which begins a new epoch as soon as the last one is over. */
function take(
  group: Group,
  [at, ms]: Stored,
): { events: readonly GroupEvent[]; committed: LastCommitted | undefined } {
  const events = group.read((entries[at] as Kept).entry, ms);
  const isOver = events.some(({ kind }) => kind === 'epoch-over');
  return { events, committed: isOver ? group.startEpoch() : undefined };
}

function readOne(world: World, machine: Machine, group: Group): void {
  const stored = world.log[machine.at++];
  if (!stored) return;
  const { events, committed } = take(group, stored);
  machine.history.push(stored);
  const kept = entries[stored[0]] as Kept;
  for (const event of events) handle(world, machine, event, kept, group, committed);
}

function handle(
  world: World,
  machine: Machine,
  event: GroupEvent,
  { entry, message, answer, before }: Kept,
  group: Group,
  committed: LastCommitted | undefined,
): void {
  switch (event.kind) {
    case 'joined': {
      const { id } = event.machine;
      const known = machine.delivered[id];
      const fresh = { last: 0, next: before + 1, value: 0, hasOpenGap: false };
      machine.delivered[id] = { ...fresh, ...known, isPresent: true };
      return;
    }
    case 'left':
      (machine.delivered[event.machine.id] as Delivered).isPresent = false;
      return;
    case 'gap': {
      const of = machine.delivered[event.id] as Delivered;
      const isWrong = world.isPunctual && entry.machine === event.id && of.value < before;
      fail(isWrong, `${machine.id} reports a gap of ${event.id} and retains ${of.value}`);
      of.next = null;
      of.hasOpenGap = false;
      return;
    }
    case 'data':
      if (message !== undefined) deliver(machine, event.machine.id, message);
      if (answer === machine.id) (machine.delivered[event.machine.id] as Delivered).value = before;
      return;
    case 'asked': {
      const sinceMs = group.self.sinceMs ?? 0;
      const { id: to, request } = event;
      const identity = { kind: 'identity', name: machine.id, to, sinceMs } as const;
      const synced = request && { content: { kind: 'synced', to, request } as const };
      // Each machine tells its own value.
      machine.queue.unshift({ content: identity }, { content: DATA, answer: to });
      if (synced) machine.queue.splice(2, 0, synced);
      return;
    }
    case 'stranger':
    case 'missed': {
      const { id: to } = event;
      if (event.kind === 'missed') {
        fail(world.isWhole, `${machine.id} misses entries of ${to}, and the log has all`);
        Object.assign(machine.delivered[to] as Delivered, { next: null, hasOpenGap: true });
      }
      const isAsked = machine.queue.some(({ content }) => isSync(content, to));
      const valuesOnly = group.isPresent(to);
      if (!isAsked) machine.queue.push({ content: { kind: 'sync', to, valuesOnly } });
      return;
    }
    case 'committed':
      machine.written = machine.written.filter(({ seq }) => seq > event.seq);
      return;
    case 'epoch-over': {
      const again = machine.written
        .filter(({ message: one }) => one !== undefined)
        .map(nextAttempt);
      const waiting = machine.queue.filter(({ message: one }) => one !== undefined);
      const known = group.present.map(({ id, epoch }) => `${id}.${epoch}`);
      const hello = helloOf(machine.id, known, group.self.sinceMs ?? 0, committed);
      const syncs = group.missed.map((to): Item => {
        return { content: { kind: 'sync', to, valuesOnly: group.isPresent(to) } };
      });
      machine.queue = [hello, ...syncs, ...again, ...waiting];
      machine.written = [];
      machine.epoch = group.self.epoch;
      machine.seq = 0;
    }
  }
}

function deliver(machine: Machine, sender: string, message: number): void {
  const of = machine.delivered[sender];
  const what = `${machine.id} delivers ${message} of ${sender}`;
  if (!of?.isPresent) throw new Violation(`${what}, which is not there`);
  fail(message <= of.last, `${what} again, or too late`);
  fail(of.next !== null && message > of.next, `${what} after a loss without a gap`);
  of.last = message;
  of.next = message + 1;
  of.value = message;
  machine.order.push(`${sender} ${message}`);
}

function nextAttempt({ epoch, seq, content, message }: Written): Item {
  const before = (content.kind === 'data' && content.attempts) || [];
  const again: Item = { content: { kind: 'data', attempts: [...before, [epoch, seq]] } };
  return message === undefined ? again : { ...again, message };
}

function isSync(content: Content, id: string): boolean {
  return content.kind === 'sync' && content.to === id;
}

function fail(isWrong: boolean, what: string): void {
  if (isWrong) throw new Violation(what);
}
