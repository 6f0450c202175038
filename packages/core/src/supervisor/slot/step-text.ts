// A step of a slot's state machine in one line, for traces.
import type { Effect, Occupant, SlotEvent, SlotState } from './state.js';

/** Such as `ready 2: serving 1 open, incoming 2 held; announce 2, watch 2`. */
export function stepText(event: SlotEvent, state: SlotState, effects: readonly Effect[]): string {
  const { life, serving, incoming, leaving } = state;
  const now = [
    life === 'running' ? '' : life,
    occupantText('serving', serving),
    occupantText('incoming', incoming),
    leaving.length > 0 ? `leaving ${leaving.join(' ')}` : '',
  ].filter(Boolean);
  const done = effects.map((effect) => numbered(effect.do, effect)).join(', ');
  return `${numbered(event.type, event)}: ${now.join(', ') || 'empty'}${done && `; ${done}`}`;
}

function occupantText(name: string, occupant: Occupant | undefined): string {
  return occupant ? `${name} ${occupant.generation} ${occupant.stage}` : '';
}

function numbered(name: string, of: object): string {
  const { generation } = of as { generation?: number };
  return generation === undefined ? name : `${name} ${generation}`;
}
