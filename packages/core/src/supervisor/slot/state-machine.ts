/**
 * How a slot reacts to events: a pure function, checked by a search through all of its states
 * (test/supervisor/slot-state-machine.test.ts).
 *
 * - **A ready worker is asked to leave only while another one in its slot is ready and open**, or when nothing is to serve
 *   any more. If somebody wants a worker to end, a successor comes first, even for a worker that has yet to take over.
 * - At most one process serves or is about to; at most one is incoming; a planned replacement begins only while at most one
 *   is leaving.
 * - Every call is settled exactly once, and every process ends.
 * - While the slot runs, a worker serves, is starting, or follows when a timer ends.
 */
import {
  forkedGeneration,
  isOver,
  isWatched,
  serves,
  stageOf,
  withChange,
  withoutLeaving,
  withStage,
} from './occupants.js';
import type { Effect, Outcome, SlotEvent, SlotState, Task } from './state.js';

/** Processes that may still leave when the next replacement begins. */
const MAX_LEAVING = 1;

export interface Step {
  readonly state: SlotState;
  /** In the order in which they must be carried out. */
  readonly effects: readonly Effect[];
}

type Act = (effect: Effect) => void;

export function transition(before: SlotState, event: SlotEvent): Step {
  const effects: Effect[] = [];
  const act: Act = (effect) => void effects.push(effect);
  const state = advance(react(before, event, act), act);
  if (state.life === 'over' && isOver(state) && !isOver(before)) act({ do: 'over' });
  return { state, effects };
}

function react(state: SlotState, event: SlotEvent, act: Act): SlotState {
  switch (event.type) {
    case 'start':
      return start(state, event.id, act);
    case 'replace':
      if (state.life !== 'closed') return { ...state, queue: [...state.queue, event.task] };
      settle(act, event.task.id, 'stopped');
      return state;
    case 'abort':
      return abort(state, event.id, act);
    case 'stop':
      return event.life === 'over' && serves(state) ? state : stop(state, event.life, act);
    case 'end':
      return state.life === 'new' && !state.serving ? over(state, act) : state;
    case 'timer':
      return timer(state, act);
    case 'prepared':
      if (stageOf(state, event.generation) !== 'forking')
        return withoutLeaving(state, event.generation);
      act({ do: 'fork', generation: event.generation, held: isWatched(state, event.generation) });
      return withStage(state, event.generation, 'starting');
    case 'fork-failed':
      return processLost(withoutLeaving(state, event.generation), event.generation, true, act);
    case 'ready':
      return ready(state, event.generation, act);
    case 'late':
      if (stageOf(state, event.generation) !== 'starting') return state;
      act({ do: 'kill', generation: event.generation });
      return withStage(state, event.generation, 'going');
    case 'watched':
      return watched(state, event.generation, event.fits, act);
    case 'retires':
      return withChange(state, event.generation, { retires: true });
    case 'leaves':
      return leaves(state, event.generation, act);
    case 'ended':
      return withStage(state, event.generation, 'going');
    case 'exited':
      return processLost(
        withoutLeaving(state, event.generation),
        event.generation,
        event.follows,
        act,
      );
  }
}

/** What this state requires, whatever has led to it. */
function advance(before: SlotState, act: Act): SlotState {
  let state = before;
  if (state.life === 'closed') return state;
  const { serving, incoming } = state;
  // Nobody else takes the connections, so the watch begins again with them.
  if (incoming?.stage === 'held' && serving?.stage !== 'open') {
    act({ do: 'open', generation: incoming.generation });
    act({ do: 'watch', generation: incoming.generation });
    state = withStage(state, incoming.generation, 'open');
  }
  state = nextTask(state, act);
  state = successor(state, act);
  if (state.life !== 'running' || state.serving || state.incoming) return state;
  if (state.done) return over(state, act);
  return state.waits ? state : wait(state, act);
}

function nextTask(before: SlotState, act: Act): SlotState {
  let state = before;
  while (!state.task && state.queue[0] && state.leaving.length <= MAX_LEAVING) {
    // A start is in progress; it is short, and a caller waits for it.
    if (state.serving?.starter !== undefined) return state;
    const [task, ...queue] = state.queue as [Task, ...Task[]];
    state = { ...state, queue };
    if (task.generation !== undefined && task.generation !== state.serving?.generation) {
      settle(act, task.id, 'replaced');
    } else {
      state = begin(cancelWait(state, act), task, act);
    }
  }
  return state;
}

/** A worker that was asked to end gets a successor, or leaves if it is not to be replaced. */
function successor(state: SlotState, act: Act): SlotState {
  const { serving } = state;
  const asked = serving?.stage === 'open' && serving.retires;
  if (state.life !== 'running' || !asked || state.task) return state;
  if (!state.permanent) {
    act({ do: 'drain', generation: serving.generation });
    return withStage(state, serving.generation, 'going');
  }
  if (state.waits || state.leaving.length > MAX_LEAVING) return state;
  return begin(state, { watched: false }, act);
}

function begin(state: SlotState, task: Task, act: Act): SlotState {
  const generation = state.generation + 1;
  act({ do: 'prepare', generation });
  return { ...state, generation, task, incoming: { generation, stage: 'forking', retires: false } };
}

function start(state: SlotState, starter: number, act: Act): SlotState {
  if (state.life !== 'new' || state.serving || state.task) {
    settle(act, starter, 'stopped');
    return state;
  }
  const generation = state.generation + 1;
  act({ do: 'prepare', generation });
  return {
    ...state,
    generation,
    serving: { generation, stage: 'forking', retires: false, starter },
  };
}

function timer(before: SlotState, act: Act): SlotState {
  const state = { ...before, waits: false };
  if (state.life !== 'running' || state.serving || state.incoming) return state;
  const generation = state.generation + 1;
  act({ do: 'prepare', generation });
  return { ...state, generation, serving: { generation, stage: 'forking', retires: false } };
}

function ready(state: SlotState, generation: number, act: Act): SlotState {
  if (stageOf(state, generation) !== 'starting') return state;
  act({ do: 'announce', generation });
  const { serving, task } = state;
  if (serving?.generation === generation) {
    settle(act, serving.starter, 'done', generation);
    const { starter: _, ...occupant } = serving;
    return { ...state, life: 'running', serving: { ...occupant, stage: 'open' } };
  }
  act({ do: 'watch', generation });
  return withStage(state, generation, task?.watched ? 'held' : 'open');
}

function watched(state: SlotState, generation: number, fits: boolean, act: Act): SlotState {
  const { serving, incoming, task } = state;
  if (incoming?.generation !== generation) return state;
  const { stage } = incoming;
  if (stage !== 'held' && stage !== 'open') return state;
  // A worker that lacks an address is better than none.
  if (!fits && serving?.stage === 'open') {
    settle(act, task?.id, 'failed', generation);
    return drop(state, act);
  }
  if (stage === 'open') return install(state, act);
  act({ do: 'open', generation });
  act({ do: 'watch', generation });
  return withStage(state, generation, 'open');
}

/** The incoming worker is ready and open, and serves from here on. The old one leaves. */
function install(state: SlotState, act: Act): SlotState {
  const { serving, incoming, task, leaving } = state;
  const predecessor = forkedGeneration(serving);
  const generation = incoming?.generation as number;
  act({ do: 'install', generation, predecessor, id: task?.id });
  return {
    ...state,
    life: 'running',
    serving: incoming,
    incoming: undefined,
    task: undefined,
    leaving: serving ? [...leaving, serving.generation] : leaving,
    done: false,
  };
}

/** The incoming worker is not wanted any more. */
function drop(state: SlotState, act: Act): SlotState {
  const { incoming, leaving } = state;
  if (!incoming) return state;
  const { generation } = incoming;
  if (incoming.stage !== 'forking') act({ do: 'drain', generation });
  return { ...state, incoming: undefined, task: undefined, leaving: [...leaving, generation] };
}

function leaves(state: SlotState, generation: number, act: Act): SlotState {
  const { serving, incoming, leaving, permanent } = state;
  const occupant = [serving, incoming].find((one) => one?.generation === generation);
  if (!occupant || occupant.stage === 'forking' || occupant.stage === 'going') return state;
  act({ do: 'limit-drain', generation });
  // Whether a worker that may end is replaced, depends on its exit.
  const waitsForExit = occupant.stage === 'starting' || (occupant === serving && !permanent);
  if (waitsForExit) return withStage(state, generation, 'going');
  return processLost({ ...state, leaving: [...leaving, generation] }, generation, true, act);
}

/** A process is lost to the slot. */
function processLost(state: SlotState, generation: number, follows: boolean, act: Act): SlotState {
  const { serving, incoming, task } = state;
  if (serving?.generation === generation) {
    if (serving.starter === undefined) act({ do: 'lost', generation });
    settle(act, serving.starter, 'failed', generation);
    return { ...cancelWait(state, act), serving: undefined, done: !follows };
  }
  if (incoming?.generation !== generation) return state;
  const without = { ...state, incoming: undefined, task: undefined };
  if (task?.id === undefined) {
    act({ do: 'lost', generation });
    return wait(without, act);
  }
  settle(act, task.id, 'failed', generation);
  return without;
}

function abort(state: SlotState, id: number, act: Act): SlotState {
  const queue = state.queue.filter((task) => task.id !== id);
  if (queue.length < state.queue.length) {
    settle(act, id, 'aborted');
    return { ...state, queue };
  }
  const { task, incoming, serving } = state;
  if (task?.id !== id || !incoming) return state;
  // Its predecessor is gone, so the new worker stays.
  if (incoming.stage === 'open' && serving?.stage !== 'open') return install(state, act);
  settle(act, id, 'aborted', forkedGeneration(incoming));
  return drop(state, act);
}

function stop(before: SlotState, life: 'over' | 'closed', act: Act): SlotState {
  const state = cancelWait(before, act);
  const { serving, incoming, task, queue } = state;
  const leaving = [...state.leaving];
  for (const occupant of [serving, incoming]) {
    if (!occupant) continue;
    if (occupant.stage !== 'forking') act({ do: 'drain', generation: occupant.generation });
    leaving.push(occupant.generation);
  }
  settle(act, serving?.starter, 'stopped', forkedGeneration(serving));
  settle(act, task?.id, 'stopped', forkedGeneration(incoming));
  for (const waiting of queue) settle(act, waiting.id, 'stopped');
  return {
    ...state,
    life: state.life === 'closed' ? 'closed' : life,
    ...{ serving: undefined, incoming: undefined, task: undefined, queue: [], leaving },
  };
}

function over(state: SlotState, act: Act): SlotState {
  return { ...cancelWait(state, act), life: 'over', done: true };
}

function wait(state: SlotState, act: Act): SlotState {
  act({ do: 'wait' });
  return { ...state, waits: true };
}

function cancelWait(state: SlotState, act: Act): SlotState {
  if (!state.waits) return state;
  act({ do: 'cancel-wait' });
  return { ...state, waits: false };
}

function settle(act: Act, id: number | undefined, outcome: Outcome, generation?: number): void {
  if (id !== undefined) act({ do: 'settle', id, outcome, generation });
}
