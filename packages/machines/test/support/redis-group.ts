// Machines in this process that are joined over a Redis, what they tell each other, and what must come of it.
import { expect, vi } from 'vitest';
import { RedisLink } from '../../dist/link/redis/redis-link.js';
import { allJoined, startMachine, type TestMachine } from './memory-group.js';

/** Short, so that a machine is gone soon. A busy computer makes epochs come and go, and nothing else. */
const GONE_MS = 700;
const DEADLINE_MS = 600;
const HISTORY = { historyMs: 60_000, historyBytes: 64 * 1024 * 1024 };

export type RedisMachine = TestMachine<RedisLink> & {
  /** What its owner was told: a reason when the link went down, `undefined` when it was up. */
  readonly told: readonly (string | undefined)[];
};

interface RedisGroupOptions {
  readonly url: string;
  readonly group: string;
  readonly goneMs?: number;
  readonly deadlineMs?: number;
}

export function startMachines(
  names: readonly string[],
  { url, group, goneMs = GONE_MS, deadlineMs = DEADLINE_MS }: RedisGroupOptions,
): RedisMachine[] {
  const log = { link: () => new RedisLink(url, { ...HISTORY, deadlineMs, group }) };
  return names.map((name) => {
    const told: (string | undefined)[] = [];
    const onLink = (error: Error | undefined) => void told.push(error?.message);
    return { ...startMachine(log, name, { goneMs, onLink }), told };
  });
}

/** Numbers that one worker of each machine sends, as one of each other machine hears them. */
export function numbersOf(all: readonly RedisMachine[]) {
  const heard = all.map(({ worker }) => {
    const numbers: Record<string, number[]> = {};
    worker(1).on('number', ({ of, number }: { of: string; number: number }) => {
      numbers[of] = [...(numbers[of] ?? []), number];
    });
    return numbers;
  });
  const gaps: unknown[] = [];
  for (const { worker } of all) worker(0).onGap((gap) => gaps.push(gap));
  let number = 0;
  const send = (count: number) => {
    for (const end = number + count; number < end; number++) {
      for (const { name, worker } of all) void worker(0).broadcast('number', { of: name, number });
    }
  };
  /** All of them, once, in order, and nobody was told of a gap. */
  const whole = () =>
    vi.waitFor(() => {
      const each = Array.from({ length: number }, (_, i) => i);
      const expected = Object.fromEntries(all.map(({ name }) => [name, each]));
      expect(heard).toEqual(all.map(() => expected));
      expect(gaps).toEqual([]);
    });
  return { send, whole };
}

/** Each worker 0 reaches each worker 1. */
export async function listening(all: readonly RedisMachine[]): Promise<void> {
  await allJoined(all);
  for (const machine of all) {
    for (const other of all) machine.worker(1).handle(`ready.${other.name}`, () => true);
    await machine.worker(1).whenSubscribed();
  }
  const asked = all.flatMap(({ worker }) =>
    all.map(({ name }) =>
      vi.waitFor(() => worker(0).request({ machine: name, slot: 1 }, `ready.${name}`, null)),
    ),
  );
  await Promise.all(asked);
}

/** What each listens to so far, the others know when this resolves. */
export async function known(all: readonly RedisMachine[]): Promise<void> {
  for (const { name, worker } of all)
    void worker(1).broadcast(`known.${name}`, 1, { retain: true });
  await Promise.all(
    all.flatMap(({ worker }) => all.map(({ name }) => worker(0).once(`known.${name}`))),
  );
}
