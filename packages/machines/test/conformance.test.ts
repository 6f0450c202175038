// The suite of the bus, with its workers in turn on one machine and on the other: whatever it says of members of one machine
// holds of these.
import { busSuite, type SuiteCluster, serveSuite } from '@muster/bus/testing';
import { describe, test } from 'vitest';
import { MemoryLog } from '../dist/link/memory/memory-log.js';
import { allJoined, startMachine, stopMachines } from './support/memory-group.js';

const MACHINES = ['one', 'other'] as const;
/** What the suite expects of one machine, and no group promises. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'a retained value reaches who listens later, once, before any newer one':
    'who listens on another machine meanwhile may hear the one before it as well',
};

const machineOf = (slot: number) => MACHINES[slot % 2] as string;

describe('over two machines', () => {
  for (const { name, workers, run } of busSuite) {
    const why = NOT_HERE[name];
    test.skipIf(why !== undefined)(
      why === undefined ? name : `${name}: not here, since ${why}`,
      async () => {
        const log = new MemoryLog();
        const all = Array.from({ length: workers }, (_, slot) => slot);
        const machines = MACHINES.map((machine) =>
          startMachine(log, machine, { slots: all.filter((slot) => machineOf(slot) === machine) }),
        );
        const [first] = machines;
        try {
          await allJoined(machines);
          const serving = new Map<number | 'primary', ReturnType<typeof serveSuite>>();
          if (first) serving.set('primary', serveSuite(first.primary));
          for (const { workers: own } of machines) {
            for (const [slot, bus] of own) serving.set(slot, serveSuite(bus));
          }
          const cluster: SuiteCluster = {
            run: async (member, action, input) => {
              const result = await serving.get(member)?.(action, addressed(structuredClone(input)));
              return structuredClone(told(action, result)) as never;
            },
            kill: async (slot) => machines[slot % 2]?.kill(slot),
          };
          await run(cluster);
        } finally {
          await stopMachines(machines);
        }
      },
    );
  }
});

/** The suite's slots and its primary, each on its machine. */
function addressed(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const { to, options, ...rest } = input as { to?: unknown; options?: Record<string, unknown> };
  return {
    ...rest,
    ...(to === undefined ? {} : { to: target(to) }),
    ...(options === undefined ? {} : { options: optionsOf(options) }),
  };
}

function optionsOf({ to, except, ...rest }: Record<string, unknown>): object {
  return {
    ...rest,
    ...(to === undefined ? {} : { to: target(to) }),
    ...(except === undefined ? {} : { except: target(except) }),
  };
}

function target(to: unknown): unknown {
  if (Array.isArray(to)) return to.map(target);
  if (to === 'primary') return { machine: MACHINES[0], slot: 'primary' };
  return typeof to === 'number' ? { machine: machineOf(to), slot: to } : to;
}

/** Of two primaries the suite knows one. Of a slot that nobody has it is told as it asked. */
function told(action: string, result: unknown): unknown {
  if (action === 'members') {
    const keys = result as string[];
    return keys.filter((key, i) => key !== 'primary:1' || keys.indexOf(key) === i);
  }
  if (action !== 'gather') return result;
  const { ok, failed } = result as { ok: unknown[]; failed: [unknown, unknown][] };
  const slotOf = (one: unknown) =>
    typeof one === 'object' && one !== null && 'slot' in one ? one.slot : one;
  return { ok, failed: failed.map(([one, code]) => [slotOf(one), code]) };
}
