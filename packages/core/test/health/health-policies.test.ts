import { describe, expect, it } from 'vitest';
import { readHeartbeat, readTotals } from '../../dist/channel/heartbeat.js';
import { type Candidate, nextOverLimit } from '../../dist/extensions/health/over-limit.js';
import { newSilence, type Silence, silenceAt } from '../../dist/extensions/health/silence.js';
import { addProgress } from '../../dist/extensions/health/slot-totals.js';
import { describeState } from '../../dist/extensions/health/stack/process-state.js';
import { vitalsOf } from '../../dist/extensions/health/vitals.js';
import { parseProcStat } from '../../dist/process/proc-stat.js';
import { isQuiet } from '../../dist/worker/health/activity.js';
import { ownShare } from '../../dist/worker/health/memory.js';

describe('the silence of a worker', () => {
  /** Looks at these moments; a heartbeat is heard at those that are negative. */
  const after = (...moments: number[]) =>
    moments.reduce<Silence>(
      (silence, at) => (at < 0 ? newSilence(-at) : silenceAt(silence, at, 100)),
      newSilence(0),
    ).silentMs;

  it.each([
    { what: 'looks on time', moments: [100, 200, 300], silentMs: 300 },
    { what: 'a heartbeat ends it', moments: [100, 200, -250, 300], silentMs: 50 },
    { what: 'looks a little late', moments: [130, 260, 390], silentMs: 390 },
    { what: 'the primary was blocked for a minute', moments: [100, 60_100], silentMs: 300 },
    { what: 'blocked again and again', moments: [10_000, 20_000, 30_000], silentMs: 600 },
    { what: 'a clock that stands still', moments: [100, 100, 100], silentMs: 100 },
  ])('$what: $silentMs ms', ({ moments, silentMs }) => {
    expect(after(...moments)).toBe(silentMs);
  });

  it('does not count while a worker that does nothing is not due to be heard', () => {
    const silence = [100, 200, 300, 400].reduce(
      (was, at) => silenceAt(was, at, 100),
      newSilence(0, 300),
    );
    expect(silence.silentMs).toBe(100);
  });
});

describe('the worker to be replaced next', () => {
  const MB = 1_048_576;
  const of = (slot: number, more: Partial<Candidate> = {}): Candidate => ({
    slot,
    generation: 1,
    limits: { maxRssBytes: 100 * MB, maxAgeMs: 60_000 },
    ownBytes: 50 * MB,
    ageMs: 1_000,
    afterMemory: false,
    ...more,
  });
  const big = (megabytes: number) => ({ ownBytes: megabytes * MB });

  it.each<[string, Candidate[], [number, 'memory' | 'age'] | undefined]>([
    ['nobody', [], undefined],
    ['all are well', [of(0), of(1)], undefined],
    ['at the limit is not over it', [of(0, big(100))], undefined],
    ['one is too big', [of(0), of(1, big(101))], [1, 'memory']],
    ['the biggest first', [of(0, big(110)), of(1, big(150)), of(2, big(120))], [1, 'memory']],
    ['before its first heartbeat', [of(0, { ownBytes: undefined })], undefined],
    ['no limits', [of(0, { limits: { maxRssBytes: 0, maxAgeMs: 0 }, ageMs: 1e9 })], undefined],
    ['too old', [of(0), of(1, { ageMs: 60_000 })], [1, 'age']],
    ['the lower of two slots a little earlier', [of(0, { ageMs: 57_000 }), of(1)], [0, 'age']],
    [
      'not all of one start at once',
      [0, 1, 2, 3].map((slot) => of(slot, { ageMs: 55_500 })),
      [0, 'age'],
    ],
    ['memory before age', [of(0, { ageMs: 90_000 }), of(1, big(101))], [1, 'memory']],
    [
      'a young one that followed one with too much memory',
      [of(0, { ...big(200), afterMemory: true })],
      undefined,
    ],
    [
      'the same, when it had time to settle',
      [of(0, { ...big(200), afterMemory: true, ageMs: 10_000 })],
      [0, 'memory'],
    ],
  ])('%s', (_what, workers, expected) => {
    const next = nextOverLimit(workers);
    expect(next && [next.slot, next.cause]).toEqual(expected);
  });
});

describe('what a worker measures', () => {
  const beat = {
    intervalMs: 500,
    nextMs: 1_000,
    cpuMs: 1_250,
    rssBytes: 3,
    ownBytes: 2,
    heapUsedBytes: 1,
    eventLoopDelayP99Ms: 4,
    eventLoopUtilization: 0.5,
    connections: 5,
    requests: 100,
    inspectorUrl: '',
    opensInspector: true,
  };

  it('is told in rates', () => {
    const bus = { sent: 10, received: 20, queuedBytes: 30 };
    const store = { calls: 40, failures: 1, p99Ms: 2 };
    const near = { hits: 50, misses: 4, stale: 1, gaps: 2, entries: 3 };
    const before = {
      ...{ cpuMs: 1_000, requests: 0, bus: { sent: 0, received: 0, queuedBytes: 9 } },
      near: { ...near, hits: 20, misses: 3, stale: 1 },
    };
    expect(vitalsOf({ ...beat, bus, store, near }, before, 7)).toEqual({
      heardAt: 7,
      cpu: 0.5,
      rssBytes: 3,
      heapUsedBytes: 1,
      eventLoopDelayP99Ms: 4,
      eventLoopUtilization: 0.5,
      connections: 5,
      requestsPerSecond: 200,
      bus: { sentPerSecond: 20, receivedPerSecond: 40, queuedBytes: 30 },
      store: { callsPerSecond: 80, failuresPerSecond: 2, p99Ms: 2 },
      near: { hitsPerSecond: 60, missesPerSecond: 2, stalePerSecond: 0, gaps: 2, entries: 3 },
    });
  });

  it('is told without rates in the first heartbeat, which has no interval', () => {
    const now = { heardAt: 7, rssBytes: 3, heapUsedBytes: 1, connections: 5 };
    expect(vitalsOf(beat, undefined, 7)).toEqual(now);
    expect(vitalsOf({ ...beat, intervalMs: 0 }, beat, 7)).toEqual(now);
  });

  it('counts for its slot what is new, each time, over all processes', () => {
    const totals = new Map();
    const told = (requests: number, sent?: number) => ({
      cpuMs: 10 * requests,
      requests,
      ...(sent !== undefined && { bus: { sent, received: 2 * sent, queuedBytes: 1 } }),
    });
    addProgress(totals, 3, undefined, told(5));
    addProgress(totals, 3, told(5), told(7, 4));
    addProgress(totals, 3, told(7, 4), told(7, 4));
    addProgress(totals, 3, undefined, told(2, 1));
    // One that lies takes nothing back.
    addProgress(totals, 3, told(2, 1), told(0, 0));
    expect(totals.get(3)).toEqual({ cpuMs: 90, requests: 9, busSent: 5, busReceived: 10 });
  });

  it.each<[string, object, boolean]>([
    ['does nothing', {}, true],
    ['answers', { requests: 101 }, false],
    ['computes', { cpuMs: 1_261 }, false],
    ['waits for a processor', { eventLoopUtilization: 0.4 }, true],
    ['is late', { eventLoopUtilization: 0.6 }, false],
    ['grows', { ownBytes: 3 }, false],
    ['sends', { bus: { sent: 1, received: 0, queuedBytes: 0 } }, false],
    ['stores', { store: { calls: 1, failures: 0, p99Ms: 1 } }, false],
    ['stores nothing', { store: { calls: 0, failures: 0, p99Ms: 0 } }, true],
  ])('says whether it is measured rarely: one that %s', (_what, change, quiet) => {
    const before = { ...beat, eventLoopUtilization: 0.01 };
    expect(isQuiet({ ...before, ...change }, before)).toBe(quiet);
  });

  it('is read with its parts, and without those that are wrong', () => {
    expect(readHeartbeat(beat)).toEqual(beat);
    const wrong = { bus: { sent: 'many' }, store: null, near: { hits: -1 }, more: 1 };
    expect(readHeartbeat({ ...beat, ...wrong })).toEqual(beat);
    const long = { ...beat, inspectorUrl: 'x'.repeat(10_000), opensInspector: 1 };
    expect(readHeartbeat(long)).toEqual(beat);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', 'x'],
    ['half of it', { intervalMs: 1 }],
    ['NaN', { ...beat, cpuMs: Number.NaN }],
    ['less than nothing', { ...beat, rssBytes: -1 }],
    ['totals alone', { cpuMs: 1, requests: 1 }],
    ['texts', { ...beat, requests: '100' }],
  ])('is not read from %s', (_what, message) => {
    expect(readHeartbeat(message)).toBeUndefined();
  });
});

it('what a worker says as it ends is its totals', () => {
  expect(readTotals({ cpuMs: 1, requests: 2, bus: { sent: -1 } })).toEqual({
    cpuMs: 1,
    requests: 2,
  });
  for (const message of [undefined, null, 7, {}, { cpuMs: 1 }, { cpuMs: 1, requests: '2' }])
    expect(readTotals(message)).toBeUndefined();
});

describe('what Linux says of a process', () => {
  const stat = (name: string, state: string, user = 100, system = 20) =>
    `4242 (${name}) ${state} 1 4242 4242 0 -1 4194304 9 0 0 0 ${user} ${system} 0 0 20 0 11 0 5 6 7`;

  it.each([
    ['an ordinary one', stat('node', 'R'), { state: 'R', ticks: 120, start: '5' }],
    ['a name of brackets', stat('a) S (b', 'T'), { state: 'T', ticks: 120, start: '5' }],
    ['nothing', '', undefined],
    ['nonsense', 'a (b) c', undefined],
  ])('is read: %s', (_what, text, expected) => {
    expect(parseProcStat(text)).toEqual(expected);
  });

  it.each([
    { state: 'T', ticks: 120, says: /stopped/ },
    { state: 'D', ticks: 120, says: /kernel/ },
    { state: 'R', ticks: 150, says: /native code/ },
    { state: 'S', ticks: 120, says: /system call/ },
  ])('becomes a sentence: $state', ({ says, ...after }) => {
    expect(describeState({ state: 'R', ticks: 120 }, after)).toMatch(says);
    expect(describeState(undefined, after)).toBe('');
  });

  it.each([
    ['250000 1000 400 5 0 9 0\n', 0.6],
    ['250000 0 0 5 0 9 0\n', 1],
    ['nonsense', 1],
    [undefined, 1],
  ])('the share of memory that is its own: %j', (statm, share) => {
    expect(ownShare(statm)).toBe(share);
  });
});
