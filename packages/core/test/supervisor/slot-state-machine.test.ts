// The state machine of a slot, in every state that it can reach, against every order in which things can happen.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { round } from '../../../../test/chaos/rounds.js';
import { type Effect, newSlot, type SlotEvent, WATCHES } from '../../dist/supervisor/slot/state.js';
import { transition } from '../../dist/supervisor/slot/state-machine.js';
import { search } from './slot-state-machine/search.js';
import type { Transition } from './slot-state-machine/world.js';

const MACHINE = new URL('../../dist/supervisor/slot/', import.meta.url);
/** Milliseconds: far more than a search takes, also on a machine under load. */
const TIMEOUT_MS = 600_000;
/** The largest search, for `pnpm chaos`: it takes longer than all others together. */
const twoCallers = round({
  short: [],
  full: [{ permanent: true, bounds: { callers: 2, leaversBelow: 0, processes: 3 } }],
});

describe('the state machine of a slot', () => {
  it.each([
    { permanent: true, bounds: { callers: 1, leaversBelow: 4, processes: 4 } },
    ...twoCallers,
    { permanent: false, bounds: { callers: 1, leaversBelow: 3, processes: 3 } },
  ])(
    'lets nobody go in vain, settles every call and comes to rest: permanent $permanent, $bounds',
    ({ permanent, bounds }) => {
      const began = performance.now();
      const found = search(transition, permanent, bounds);
      const ms = Math.round(performance.now() - began);
      console.log(JSON.stringify({ permanent, ...bounds, ...found, ms }));
      expect(found.worlds).toBeGreaterThan(5_000);
    },
    TIMEOUT_MS,
  );
});

it('a canary is watched as often as its time is shared out for', () => {
  let slot = newSlot(0, true);
  const effects: Effect[] = [];
  const happens = (event: SlotEvent) => {
    const step = transition(slot, event);
    slot = step.state;
    effects.push(...step.effects);
  };
  const comesUp = (generation: number) => {
    happens({ type: 'prepared', generation });
    happens({ type: 'ready', generation });
  };
  happens({ type: 'start', id: 1 });
  comesUp(1);
  happens({ type: 'replace', task: { id: 2, watched: true } });
  comesUp(2);
  const watches = () => effects.filter((effect) => effect.do === 'watch').length;
  for (let past = 0; past < watches(); past += 1) {
    happens({ type: 'watched', generation: 2, fits: true });
  }
  expect(slot).toMatchObject({ serving: { generation: 2 }, incoming: undefined });
  expect(watches()).toBe(WATCHES);
});

/** The machine with one thing changed in it, which is there once. */
async function mutant(from: string, to: string): Promise<Transition> {
  const file = readFileSync(new URL('state-machine.js', MACHINE), 'utf8');
  const code = file
    .replace(/ from '\.\/(.*)';$/gm, (_, name) => ` from '${new URL(name, MACHINE)}';`)
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');
  expect(code.split(from), `what is to be changed is in the machine once: ${from}`).toHaveLength(2);
  const url = `data:text/javascript,${encodeURIComponent(code.replace(from, () => to))}`;
  return ((await import(/* @vite-ignore */ url)) as { transition: Transition }).transition;
}

const NOBODY = 'nothing serves any more, though something did';
const UNSETTLED = 'a call is never settled';

describe('the search', () => {
  it.each([
    {
      finds: 'one about to take over that is drained because it was asked to end, as it once was',
      from: 'return withChange(state, event.generation, { retires: true });',
      to: `if (state.incoming?.generation === event.generation) act({ do: 'drain', generation: event.generation });
           return withChange(state, event.generation, { retires: true });`,
      says: 'what is to serve cannot',
    },
    {
      finds: 'one that was asked to end, which was forgotten',
      from: 'return withChange(state, event.generation, { retires: true });',
      to: 'return state;',
      says: 'one that was asked to end goes on for ever',
    },
    {
      finds: 'one that is killed as it is late, and is ready all the same',
      from: "act({ do: 'kill', generation: event.generation }); return withStage(state, event.generation, 'going');",
      to: "act({ do: 'kill', generation: event.generation }); return state;",
      says: 'what is to serve cannot',
    },
    {
      finds: 'one that ended, and takes over before its exit is told',
      from: "case 'ended': return withStage(state, event.generation, 'going');",
      to: "case 'ended': return state;",
      says: 'what is to serve cannot',
    },
    {
      finds: 'a canary that is offered nothing when its predecessor is gone',
      from: "if (incoming?.stage === 'held' && serving?.stage !== 'open')",
      to: 'if (false)',
      says: 'one that is ready is offered no connections',
    },
    {
      finds: 'a reload that is taken back when only its worker serves',
      from: "if (incoming.stage === 'open' && serving?.stage !== 'open')",
      to: 'if (false)',
      says: NOBODY,
    },
    {
      finds: 'one that lacks an address, and is dropped though nothing else serves',
      from: "if (!fits && serving?.stage === 'open')",
      to: 'if (!fits)',
      says: NOBODY,
    },
    {
      finds: 'a role that is given up while a worker of it serves',
      from: "event.life === 'over' && serves(state) ? state :",
      to: '',
      says: NOBODY,
    },
    {
      finds: 'a predecessor that goes when the new one is forked',
      from: "act({ do: 'prepare', generation }); return { ...state, generation, task,",
      to: `act({ do: 'prepare', generation });
           if (state.serving?.stage === 'open') act({ do: 'drain', generation: state.serving.generation });
           return { ...state, generation, task,`,
      says: NOBODY,
    },
    {
      finds: 'a crash that nothing follows',
      from: 'return state.waits ? state : wait(state, act);',
      to: 'return state;',
      says: 'nothing serves, and nothing follows',
    },
    {
      finds: 'a predecessor that is never told',
      from: "act({ do: 'install', generation, predecessor, id: task?.id });",
      to: "act({ do: 'install', generation, predecessor: undefined, id: task?.id });",
      says: 'more than one process is left',
    },
    {
      finds: 'a replacement that fails without a word',
      from: "settle(act, task.id, 'failed', generation); return without;",
      to: 'return without;',
      says: UNSETTLED,
    },
    {
      finds: 'a stop that forgets who waits',
      from: "for (const waiting of queue) settle(act, waiting.id, 'stopped');",
      to: '',
      says: UNSETTLED,
    },
    {
      finds: 'replacements that begin however many processes still leave',
      from: 'const MAX_LEAVING = 1;',
      to: 'const MAX_LEAVING = 9;',
      says: 'there are too many processes',
    },
  ])(
    'finds $finds',
    async ({ from, to, says }) => {
      const falsified = await mutant(from, to);
      const bounds = { callers: 1, leaversBelow: 0, processes: 3 };
      expect(() => search(falsified, true, bounds)).toThrow(says);
    },
    TIMEOUT_MS,
  );
});
