// The state of a slot, the events that can happen to it, and the effects that it may have. state-machine.ts connects them.

/**
 * How far a process has come.
 *
 * - `'forking'`: the app's hook runs before the fork; there is no process yet.
 * - `'starting'`: forked, not ready.
 * - `'held'`: ready, and offered no connections: the canary of a reload.
 * - `'open'`: ready, and offered connections.
 * - `'going'`: it is about to exit, and does not count any more.
 */
export type Stage = 'forking' | 'starting' | 'held' | 'open' | 'going';

export interface Occupant {
  readonly generation: number;
  readonly stage: Stage;
  /** It was asked to end, and goes on until a successor serves. */
  readonly retires: boolean;
  /** The `start` call that waits until it is ready. */
  readonly starter?: number;
}

/** A replacement. Without an id, the slot does it by itself for a worker that retires. */
export interface Task {
  readonly id?: number;
  /** Replaces the worker of this generation only. */
  readonly generation?: number;
  /** Whether the new one is watched before its predecessor goes. */
  readonly watched: boolean;
}

export interface SlotState {
  /**
   * `'new'`: nothing has served yet. `'running'`: a worker is to serve. `'over'`: none is to serve until a replacement
   * brings the slot back. `'closed'`: none will ever serve.
   */
  readonly life: 'new' | 'running' | 'over' | 'closed';
  /** Whether its workers are replaced however they end. */
  readonly permanent: boolean;
  /** The last generation that a process got. */
  readonly generation: number;
  /** The process that serves, or is about to. */
  readonly serving: Occupant | undefined;
  /** The process that is to take its place. */
  readonly incoming: Occupant | undefined;
  /** Generations of processes that were asked to leave or leave by themselves, or whose fork is not wanted any more. */
  readonly leaving: readonly number[];
  /** The task that `incoming` belongs to. */
  readonly task: Task | undefined;
  /** Replacements that wait, oldest first. */
  readonly queue: readonly Task[];
  /** Whether a timer runs after which a worker is brought in. */
  readonly waits: boolean;
  /** Its worker ended, and none follows. */
  readonly done: boolean;
}

/** How often a canary is watched before its predecessor goes: without connections, then with them. They share its time. */
export const WATCHES = 2;

export type SlotEvent =
  /** A caller asks for a first worker. */
  | { readonly type: 'start'; readonly id: number }
  | { readonly type: 'replace'; readonly task: Task }
  /** A caller aborts a replacement. */
  | { readonly type: 'abort'; readonly id: number }
  /** Everything is to go. `'over'` does nothing while a worker serves. */
  | { readonly type: 'stop'; readonly life: 'over' | 'closed' }
  /** Its first worker ended as it should, before it was ready. */
  | { readonly type: 'end' }
  /** The delay is over. */
  | { readonly type: 'timer' }
  /** The hook before the fork has run. */
  | { readonly type: 'prepared'; readonly generation: number }
  /** There will be no process. */
  | { readonly type: 'fork-failed'; readonly generation: number }
  | { readonly type: 'ready'; readonly generation: number }
  /** It was not ready in time. */
  | { readonly type: 'late'; readonly generation: number }
  /** It has been watched for its time. `fits`: it lacks no address of its predecessor. */
  | { readonly type: 'watched'; readonly generation: number; readonly fits: boolean }
  /** The process was asked to end, and asks for a successor. */
  | { readonly type: 'retires'; readonly generation: number }
  /** It takes no more connections, although the slot did not ask it to leave. */
  | { readonly type: 'leaves'; readonly generation: number }
  /** The process is gone. Its locks and requests may not be free yet. */
  | { readonly type: 'ended'; readonly generation: number }
  /** It is gone, and everything that it held is free. `follows`: whether a worker that ended like this is replaced. */
  | { readonly type: 'exited'; readonly generation: number; readonly follows: boolean };

/**
 * The outcome of a call. `'failed'`: the new worker failed. `'replaced'`: an earlier replacement came first. `'stopped'`:
 * the slot was stopped.
 */
export type Outcome = 'done' | 'failed' | 'aborted' | 'stopped' | 'replaced';

export type Effect =
  | { readonly do: 'prepare'; readonly generation: number }
  /** `held`: it is offered no connections yet. */
  | { readonly do: 'fork'; readonly generation: number; readonly held: boolean }
  /** It was not ready in time. */
  | { readonly do: 'kill'; readonly generation: number }
  | { readonly do: 'drain'; readonly generation: number }
  /** It drains by itself: limit its time. */
  | { readonly do: 'limit-drain'; readonly generation: number }
  /** Connections are offered to it from here on. */
  | { readonly do: 'open'; readonly generation: number }
  /** Begin to watch it now, for as long as its task says, and compare its addresses. */
  | { readonly do: 'watch'; readonly generation: number }
  /** Announce that it is ready. */
  | { readonly do: 'announce'; readonly generation: number }
  /** It replaces `predecessor`, which is to leave. `id` is that of the task. */
  | {
      readonly do: 'install';
      readonly generation: number;
      readonly predecessor: number | undefined;
      readonly id: number | undefined;
    }
  /** It ended or leaves, although it was to serve. */
  | { readonly do: 'lost'; readonly generation: number }
  /** Set the timer after which a worker is brought in, or cancel it. */
  | { readonly do: 'wait' }
  | { readonly do: 'cancel-wait' }
  /** Settle a call; after a failure, once the process of that generation is gone, if there is one. */
  | {
      readonly do: 'settle';
      readonly id: number;
      readonly outcome: Outcome;
      readonly generation: number | undefined;
    }
  /** No worker follows any more: the last one ended, the slot was given up, or the attempt to bring it back failed. */
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
