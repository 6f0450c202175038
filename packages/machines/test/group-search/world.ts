// A small world: two or three machines that follow the group as the bridge does, and a log that repeats, trims and loses
// entries. Plain data, so that worlds can be compared; the group of a machine is what follows from the entries that it has read.

import type { Again, Content, Entry } from '../../dist/entries/entry.js';
import type { Group } from '../../dist/peers/group.js';
import type { News } from '../../dist/peers/news.js';

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

/** To be appended. @property message its number, if it is data */
interface Item {
  readonly content: Content;
  readonly message?: number;
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
  const world: World = { nowMs: 1_000, log: [], machines, left, hasLost: false };
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
    });
  }
  if (left.losses > 0 && log.length > 0) {
    happens((changed) => {
      changed.left = { ...left, losses: left.losses - 1 };
      changed.hasLost = true;
      changed.log.pop();
      // A reader that has read what is lost begins again.
      for (const one of changed.machines) if (one.at > changed.log.length) one.at = 0;
    });
  }
  const unread = Math.min(...world.machines.filter((one) => one.isAlive).map(({ at }) => at));
  if (left.trims > 0 && unread < log.length) {
    happens((changed) => {
      changed.left = { ...left, trims: left.trims - 1 };
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
    const here = groupOf(machine, Class).here.map(({ id, epoch }) => `${id}.${epoch}`);
    const others = alive.filter((other) => other !== machine);
    const expected = others.map(({ id, epoch }) => `${id}.${epoch}`);
    fail(here.sort().join() !== expected.sort().join(), `${machine.id} knows ${here.join()}`);
    for (const { id, messages } of others) {
      const { last = 0, next: due } = machine.delivered[id] ?? {};
      fail(due !== null && last < messages, `${machine.id} misses messages of ${id} without a gap`);
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
  for (let beats = 0; beats < 8; beats++) {
    const isQuiet = alive.every(({ queue, at }) => queue.length === 0 && at === world.log.length);
    if (isQuiet && beats > 3) return;
    world.nowMs += GONE_MS / 2 - 1;
    for (const machine of alive) {
      if (machine.queue.length === 0) machine.queue.push({ content: { kind: 'beat' } });
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

const DATA: Content = { kind: 'data', again: undefined };

function helloOf(
  name: string,
  known: readonly string[],
  sinceMs: number,
  was?: { epoch: number; seq: number },
): Item {
  return { content: { kind: 'hello', name, sinceMs, was, lost: false, known } as Content };
}

function append(world: World, machine: Machine): void {
  const item = machine.queue.shift();
  if (item === undefined) return;
  const { id, epoch } = machine;
  machine.seq++;
  const head = { machine: id, epoch, seq: machine.seq, seenMs: 0, sections: [] };
  const entry = { ...head, ...item.content } as Entry;
  const isNew = item.message !== undefined && item.content.kind === 'data' && !item.content.again;
  const before = machine.messages - (isNew ? 1 : 0);
  world.log.push([placeOf({ entry, message: item.message, before }), world.nowMs]);
  machine.written.push({ ...item, epoch, seq: machine.seq });
}

function groupOf(machine: Machine, Class: GroupClass): Group {
  const group = new Class(machine.id, HISTORY_MS, GONE_MS);
  for (const stored of machine.history) take(group, stored);
  return group;
}

/** As the bridge, which begins a new epoch as soon as the last one is over. */
function take(group: Group, [at, ms]: Stored): { news: readonly News[]; was: unknown } {
  const news = group.take((entries[at] as Kept).entry, ms);
  const isOver = news.some(({ kind }) => kind === 'over');
  return { news, was: isOver ? group.next() : undefined };
}

function readOne(world: World, machine: Machine, group: Group): void {
  const stored = world.log[machine.at++];
  if (!stored) return;
  const { news, was } = take(group, stored);
  machine.history.push(stored);
  const kept = entries[stored[0]] as Kept;
  for (const one of news) obey(machine, one, kept, group, was as never);
}

function obey(
  machine: Machine,
  news: News,
  { message, before }: Kept,
  group: Group,
  was: { epoch: number; seq: number } | undefined,
): void {
  switch (news.kind) {
    case 'joined': {
      const { id } = news.machine;
      const known = machine.delivered[id];
      machine.delivered[id] = { last: 0, next: before + 1, ...known, isPresent: true };
      return;
    }
    case 'left':
      (machine.delivered[news.machine.id] as Delivered).isPresent = false;
      return;
    case 'gap':
      (machine.delivered[news.machine.id] as Delivered).next = null;
      return;
    case 'data':
      if (message !== undefined) deliver(machine, news.machine.id, message);
      return;
    case 'asked': {
      const sinceMs = group.self.sinceMs ?? 0;
      const content: Content = { kind: 'state', name: machine.id, to: news.id, sinceMs };
      machine.queue.unshift({ content });
      return;
    }
    case 'unknown': {
      const isAsked = machine.queue.some(({ content }) => isAsk(content, news.id));
      if (!isAsked) machine.queue.push({ content: { kind: 'ask', to: news.id } });
      return;
    }
    case 'echo':
      machine.written = machine.written.filter(({ seq }) => seq > news.seq);
      return;
    case 'over': {
      const again = machine.written.filter(({ message: one }) => one !== undefined).map(againOf);
      const waiting = machine.queue.filter(({ message: one }) => one !== undefined);
      const known = group.here.map(({ id, epoch }) => `${id}.${epoch}`);
      const hello = helloOf(machine.id, known, group.self.sinceMs ?? 0, was);
      machine.queue = [hello, ...again, ...waiting];
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
  machine.order.push(`${sender} ${message}`);
}

function againOf({ epoch, seq, content, message }: Written): Item {
  const before: readonly Again[] = (content.kind === 'data' && content.again) || [];
  const again = { content: { kind: 'data', again: [...before, [epoch, seq]] } as Content };
  return message === undefined ? again : { ...again, message };
}

function isAsk(content: Content, id: string): boolean {
  return content.kind === 'ask' && content.to === id;
}

function fail(isWrong: boolean, what: string): void {
  if (isWrong) throw new Violation(what);
}
