// Questions about the state of a slot, and small changes to it.
import type { Occupant, SlotState, Stage } from './state.js';

/** Whether nothing serves and nothing follows. */
export function isOver({ life, task, queue }: SlotState): boolean {
  return life === 'closed' || (life === 'over' && !task && queue.length === 0);
}

/** The process is no longer leaving. */
export function withoutLeaving(state: SlotState, generation: number): SlotState {
  return { ...state, leaving: state.leaving.filter((one) => one !== generation) };
}

export function serves({ serving, incoming }: SlotState): boolean {
  return serving?.stage === 'open' || incoming?.stage === 'open';
}

export function isWatched({ incoming, task }: SlotState, generation: number): boolean {
  return incoming?.generation === generation && task?.watched === true;
}

export function forkedGeneration(occupant: Occupant | undefined): number | undefined {
  return occupant?.stage === 'forking' ? undefined : occupant?.generation;
}

export function stageOf({ serving, incoming }: SlotState, generation: number): Stage | undefined {
  return [serving, incoming].find((occupant) => occupant?.generation === generation)?.stage;
}

export function withStage(state: SlotState, generation: number, stage: Stage): SlotState {
  return withChange(state, generation, { stage });
}

/** The state with `change` applied to the process of that generation, if it serves or is incoming. */
export function withChange(
  state: SlotState,
  generation: number,
  change: Partial<Occupant>,
): SlotState {
  const { serving, incoming } = state;
  if (serving?.generation === generation) return { ...state, serving: { ...serving, ...change } };
  if (incoming?.generation !== generation) return state;
  return { ...state, incoming: { ...incoming, ...change } };
}
