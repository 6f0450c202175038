// What a slot is, what can happen to it, and what it may do about it. How one follows from the other: state-machine.ts.

/**
 * How far a process has come.
 *
 * - `'forking'`: the app's hook runs before the fork; there is no process yet.
 * - `'starting'`: forked, not ready.
 * - `'held'`: ready, and offered no connections: the canary of a reload.
 * - `'open'`: ready, and offered connections.
 * - `'going'`: nobody may count on it any more. Its exit is what comes next.
 */
export type Stage = 'forking' | 'starting' | 'held' | 'open' | 'going';

export interface Occupant {
  readonly generation: number;
  readonly stage: Stage;
  /** Somebody asked it to end. It goes on until a successor serves. */
  readonly retires: boolean;
  /** The call of `start` that waits for it to be ready. */
  readonly starter?: number;
}

/** A replacement. Without an id the slot does it by itself, for a worker that retires. */
export interface Task {
  readonly id?: number;
  /** Replaces the worker of this generation only. */
  readonly generation?: number;
  /** Whether the new one is watched before its predecessor goes. */
  readonly watched: boolean;
}

export interface SlotState {
  /**
   * `'new'`: nothing has served yet. `'running'`: a worker is to serve. `'over'`: none is, until a replacement brings the
   * slot back. `'closed'`: none is, ever.
   */
  readonly life: 'new' | 'running' | 'over' | 'closed';
  /** Whether its workers are replaced however they end. */
  readonly permanent: boolean;
  /** The last one that was given to a process. */
  readonly generation: number;
  /** What serves, or is to. */
  readonly serving: Occupant | undefined;
  /** What is to take its place. */
  readonly incoming: Occupant | undefined;
  /** Generations of processes that were told to go, or go by themselves; or whose fork is not wanted any more. */
  readonly leaving: readonly number[];
  /** What `incoming` is for. */
  readonly task: Task | undefined;
  /** Replacements that wait, oldest first. */
  readonly queue: readonly Task[];
  /** Whether a timer runs, after which a worker is brought in. */
  readonly waits: boolean;
  /** Its worker ended, and nothing is to follow. */
  readonly done: boolean;
}

/** How often a canary is watched before its predecessor goes: without connections, then with them. They share its time. */
export const WATCHES = 2;

export type SlotEvent =
  /** Somebody asks for a first worker. */
  | { readonly type: 'start'; readonly id: number }
  | { readonly type: 'replace'; readonly task: Task }
  /** Somebody takes a replacement back. */
  | { readonly type: 'abort'; readonly id: number }
  /** Everything is to go. `'over'` does nothing while a worker serves. */
  | { readonly type: 'stop'; readonly life: 'over' | 'closed' }
  /** Its first worker ended as it should, before it was ready. */
  | { readonly type: 'end' }
  /** The time to wait is over. */
  | { readonly type: 'timer' }
  /** The hook before the fork has run. */
  | { readonly type: 'prepared'; readonly generation: number }
  /** There will be no process. */
  | { readonly type: 'fork-failed'; readonly generation: number }
  | { readonly type: 'ready'; readonly generation: number }
  /** It was not ready in time. */
  | { readonly type: 'late'; readonly generation: number }
  /** It has lived for as long as it was to be watched. `fits`: it lacks nothing that its predecessor has. */
  | { readonly type: 'watched'; readonly generation: number; readonly fits: boolean }
  /** Somebody asked the process to end, and it asks for a successor. */
  | { readonly type: 'retires'; readonly generation: number }
  /** It takes no connections any more, though nobody told it to go. */
  | { readonly type: 'leaves'; readonly generation: number }
  /** The process is gone. What it held may not be free yet. */
  | { readonly type: 'ended'; readonly generation: number }
  /** It is gone, and all that it held is free. `follows`: whether a worker is to follow one that ended like this. */
  | { readonly type: 'exited'; readonly generation: number; readonly follows: boolean };

/**
 * How what was asked for came out. `'failed'`: the new worker did. `'replaced'`: by an earlier replacement.
 * `'stopped'`: the slot was.
 */
export type Outcome = 'done' | 'failed' | 'aborted' | 'stopped' | 'replaced';

export type Effect =
  | { readonly do: 'prepare'; readonly generation: number }
  /** `held`: it is offered no connections yet. */
  | { readonly do: 'fork'; readonly generation: number; readonly held: boolean }
  /** It was not ready in time. */
  | { readonly do: 'kill'; readonly generation: number }
  | { readonly do: 'drain'; readonly generation: number }
  /** It drains by itself: see that it comes to an end. */
  | { readonly do: 'limit-drain'; readonly generation: number }
  /** Connections are offered to it from here on. */
  | { readonly do: 'open'; readonly generation: number }
  /** Begin to watch it, from now on, for no time where that is what its task says, and look what it lacks. */
  | { readonly do: 'watch'; readonly generation: number }
  /** It is ready: say so. */
  | { readonly do: 'announce'; readonly generation: number }
  /** It serves in the place of `predecessor`, which is to go. `id` of the task. */
  | {
      readonly do: 'install';
      readonly generation: number;
      readonly predecessor: number | undefined;
      readonly id: number | undefined;
    }
  /** It ended, or leaves, though it was to serve. */
  | { readonly do: 'lost'; readonly generation: number }
  /** Set the timer, after which a worker is brought in, or end it. */
  | { readonly do: 'wait' }
  | { readonly do: 'cancel-wait' }
  /** A caller gets its answer: of a failure, once the process of that generation, if there is one, is gone. */
  | {
      readonly do: 'settle';
      readonly id: number;
      readonly outcome: Outcome;
      readonly generation: number | undefined;
    }
  /** Nothing follows any more: its worker ended, it was given up, or what was to bring it back failed. */
  | { readonly do: 'over' };

export function newSlot(generation: number, permanent: boolean): SlotState {
  return {
    life: 'new',
    permanent,
    generation,
    serving: undefined,
    incoming: undefined,
    leaving: [],
    task: undefined,
    queue: [],
    waits: false,
    done: false,
  };
}
