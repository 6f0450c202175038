/**
 * Everything around a slot: processes that start, become ready, crash and are told to go, callers, timers, and people who
 * send signals, in any order. What the slot may never do is checked at every step.
 */
import type {
  Effect,
  Occupant,
  SlotEvent,
  SlotState,
  Task,
} from '../../../dist/supervisor/slot/state.js';

export type Transition = (
  state: SlotState,
  event: SlotEvent,
) => { state: SlotState; effects: readonly Effect[] };

interface Process {
  readonly generation: number;
  /** `'going'`: it was told to go, or goes by itself. `'ended'`: gone, which the slot has not dealt with yet. */
  readonly phase: 'preparing' | 'starting' | 'ready' | 'going' | 'ended';
  /** Whether connections are offered to it. */
  readonly open: boolean;
  /** Whether somebody asked it to end. */
  readonly asked: boolean;
}

export interface World {
  readonly slot: SlotState;
  readonly processes: readonly Process[];
  /** Calls that wait for their answer. */
  readonly callers: readonly number[];
  readonly timer: boolean;
  /** The generation for which a watch runs. */
  readonly watch: number | undefined;
}

export interface Move {
  readonly event: SlotEvent;
  /** Whether it comes by itself when nobody disturbs. */
  readonly calm: boolean;
}

/** What else is known of one that goes is of no interest any more. */
const GOING = { phase: 'going', open: false, asked: false } as const;

export class Violation extends Error {}

export interface Bounds {
  /** Calls that wait at a time. */
  readonly callers: number;
  /** With fewer processes than these, one may leave by itself. */
  readonly leaversBelow: number;
  /** More than these there may never be in the slot. */
  readonly processes: number;
}

/** Everything that can happen next. */
export function moves(world: World, bounds: Bounds): Move[] {
  const { slot, processes, callers, timer, watch } = world;
  const all: Move[] = [];
  const add = (event: SlotEvent, calm = false) => void all.push({ event, calm });
  for (const { generation, phase, asked } of processes) {
    if (phase === 'preparing') {
      add({ type: 'prepared', generation }, true);
      add({ type: 'fork-failed', generation });
      continue;
    }
    if (phase === 'ended') {
      const ways = slot.permanent ? [true] : [false, true];
      for (const follows of ways) add({ type: 'exited', generation, follows }, follows === ways[0]);
      continue;
    }
    const isGoing = phase === 'going';
    add({ type: 'ended', generation }, isGoing);
    if (phase !== 'ready') add({ type: 'ready', generation }, !isGoing);
    if (phase !== 'ready') add({ type: 'late', generation });
    if (!asked) add({ type: 'retires', generation });
    if (isGoing || processes.length < bounds.leaversBelow) add({ type: 'leaves', generation });
  }
  if (timer) add({ type: 'timer' }, true);
  if (watch !== undefined) {
    add({ type: 'watched', generation: watch, fits: true }, true);
    add({ type: 'watched', generation: watch, fits: false });
  }
  const id = Math.max(0, ...callers) + 1;
  if (slot.life === 'new' && !slot.serving) {
    add({ type: 'start', id });
    add({ type: 'end' });
  } else if (callers.length < bounds.callers) {
    const { serving } = slot;
    for (const watched of [false, true]) {
      add({ type: 'replace', task: { id, watched } });
      if (serving) {
        add({ type: 'replace', task: { id, watched, generation: serving.generation } });
      }
    }
  }
  for (const caller of callers) add({ type: 'abort', id: caller });
  add({ type: 'stop', life: 'over' });
  if (slot.life !== 'closed') add({ type: 'stop', life: 'closed' });
  return all;
}

/** @throws Violation */
export function next(world: World, event: SlotEvent, transition: Transition): World {
  const happened = happen(world, event);
  const { state, effects } = transition(world.slot, event);
  const after = effects.reduce(apply, { ...happened, slot: state });
  const { life, permanent } = state;
  const mayGo = event.type === 'stop' ? event.life === 'closed' : life !== 'running' || !permanent;
  if (serves(happened) && !serves(after) && !mayGo) {
    throw new Violation('nothing serves any more, though something did');
  }
  if (life === 'running' && permanent && couldServe(after) && !serves(after)) {
    throw new Violation('one that is ready is offered no connections, and nothing else serves');
  }
  if (after.timer !== state.waits)
    throw new Violation('the timer is not what the slot takes it for');
  return after;
}

function serves({ processes }: World): boolean {
  return processes.some((one) => one.open && isSound(one));
}

function couldServe({ processes }: World): boolean {
  return processes.some(isSound);
}

function isSound({ phase }: Process): boolean {
  return phase === 'ready';
}

/** What an event says of the world, before the slot has heard of it. */
function happen(world: World, event: SlotEvent): World {
  const callers = [...world.callers];
  switch (event.type) {
    case 'start':
      return { ...world, callers: [...callers, event.id] };
    case 'replace':
      return { ...world, callers: [...callers, event.task.id as number] };
    case 'timer':
      return { ...world, timer: false };
    case 'watched':
      return { ...world, watch: undefined };
    case 'prepared':
    case 'fork-failed':
    case 'exited':
      return without(world, event.generation);
    case 'ready':
      return find(world, event.generation)?.phase === 'going'
        ? world
        : change(world, event.generation, { phase: 'ready' });
    case 'ended':
      return change(world, event.generation, { ...GOING, phase: 'ended' });
    case 'retires':
      return change(world, event.generation, { asked: true });
    case 'leaves':
      return change(world, event.generation, GOING);
    default:
      return world;
  }
}

function apply(world: World, effect: Effect): World {
  switch (effect.do) {
    case 'prepare':
      return add(world, effect.generation, 'preparing', false);
    case 'fork':
      return add(world, effect.generation, 'starting', !effect.held);
    case 'kill':
    case 'drain':
    case 'limit-drain':
      return tell(world, effect.generation);
    case 'open':
      return change(world, effect.generation, { open: true });
    case 'watch':
      return { ...world, watch: effect.generation };
    case 'install': {
      const installed = change(world, effect.generation, { open: true });
      const found = find(installed, effect.generation);
      if (!found || !isSound(found)) throw new Violation('what is to serve cannot');
      const settled = effect.id === undefined ? installed : settle(installed, effect.id);
      return effect.predecessor === undefined ? settled : tell(settled, effect.predecessor);
    }
    case 'settle':
      return settle(world, effect.id);
    case 'wait':
      return { ...world, timer: true };
    case 'cancel-wait':
      return { ...world, timer: false };
    default:
      return world;
  }
}

function find({ processes }: World, generation: number): Process | undefined {
  return processes.find((one) => one.generation === generation);
}

function add(world: World, generation: number, phase: Process['phase'], open: boolean): World {
  if (find(world, generation)) throw new Violation('a generation was given twice');
  const process = { generation, phase, open, asked: false };
  const processes = [...world.processes, process];
  return { ...world, processes: processes.sort((one, other) => one.generation - other.generation) };
}

function tell(world: World, generation: number): World {
  const found = find(world, generation);
  if (!found) throw new Violation('one that is not there was told to go');
  return found.phase === 'ended' ? world : change(world, generation, GOING);
}

function settle(world: World, id: number): World {
  if (!world.callers.includes(id)) throw new Violation('a call was settled twice');
  return { ...world, callers: world.callers.filter((caller) => caller !== id) };
}

function without(world: World, generation: number): World {
  const processes = world.processes.filter((one) => one.generation !== generation);
  return { ...world, processes };
}

function change(world: World, generation: number, to: Partial<Process>): World {
  const processes = world.processes.map((one) =>
    one.generation === generation ? { ...one, ...to } : one,
  );
  return { ...world, processes };
}

/** Nothing comes by itself any more: what has to be so then. */
export function checkRest({ slot, processes, callers }: World): void {
  if (callers.length > 0) throw new Violation('a call is never settled');
  const runs = slot.life === 'running';
  if (!runs && processes.length > 0) throw new Violation('a process is left that nobody wants');
  if (!runs) return;
  const [only, ...others] = processes;
  if (!only) throw new Violation('nothing serves, and nothing follows');
  if (others.length > 0) throw new Violation('more than one process is left');
  if (!only.open || !isSound(only)) throw new Violation('what is left does not serve');
  if (only.asked) throw new Violation('one that was asked to end goes on for ever');
}

/** Generations and callers by their order: what they are called makes no difference. */
function names({ slot, processes, callers }: World) {
  const { serving, incoming, leaving } = slot;
  const generations = processes.map(({ generation }) => generation);
  for (const one of [serving?.generation, incoming?.generation, ...leaving]) {
    if (one !== undefined && !generations.includes(one)) generations.push(one);
  }
  generations.sort((one, other) => one - other);
  return {
    count: generations.length,
    generation: (one: number) => generations.indexOf(one) + 1,
    caller: (one: number | undefined) => (one === undefined ? undefined : callers.indexOf(one) + 1),
  };
}

/** Two worlds with one key are the same but for the names. */
export function keyOf(world: World): string {
  const { slot, processes, watch } = world;
  const { generation, caller } = names(world);
  const place = (one: Occupant | undefined) =>
    one ? `${generation(one.generation)}${one.stage}${one.retires}${caller(one.starter)}` : '';
  const task = (one: Task | undefined) =>
    one ? `${caller(one.id)}${one.watched}${one.generation && generation(one.generation)}` : '';
  const watched = watch === slot.incoming?.generation ? watch : undefined;
  let key = `${slot.life}${slot.waits}${slot.done}|${place(slot.serving)}|${place(slot.incoming)}|${task(slot.task)}|`;
  for (const one of slot.queue) key += `${task(one)},`;
  for (const one of slot.leaving.map(generation).sort()) key += `|${one}`;
  for (const one of processes) {
    key += `|${generation(one.generation)}${one.phase}${one.open}${one.asked}`;
  }
  return `${key}|${world.callers.length}${watched && generation(watched)}`;
}

/** The same world, with the smallest names: so there are finitely many. */
export function renamed(world: World): World {
  const { slot, processes, callers, timer, watch } = world;
  const { count, generation, caller } = names(world);
  const place = (one: Occupant | undefined): Occupant | undefined => {
    if (!one) return undefined;
    const { starter, ...rest } = { ...one, generation: generation(one.generation) };
    return starter === undefined ? rest : { ...rest, starter: caller(starter) as number };
  };
  const task = (one: Task): Task => ({
    watched: one.watched,
    ...(one.id !== undefined && { id: caller(one.id) as number }),
    ...(one.generation !== undefined && { generation: generation(one.generation) }),
  });
  return {
    slot: {
      ...slot,
      generation: count,
      serving: place(slot.serving),
      incoming: place(slot.incoming),
      leaving: slot.leaving.map(generation),
      task: slot.task && task(slot.task),
      queue: slot.queue.map(task),
    },
    processes: processes.map((one) => ({ ...one, generation: generation(one.generation) })),
    callers: callers.map((_, index) => index + 1),
    timer,
    watch:
      watch !== undefined && watch === slot.incoming?.generation ? generation(watch) : undefined,
  };
}
