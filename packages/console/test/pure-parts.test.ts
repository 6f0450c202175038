// The parts of the page that need no browser.
import type { PastExit, WorkerStatus } from '@muster/core/console';
import { describe, expect, it } from 'vitest';
import { ClusterModel, type NumberedLine } from '../src/model/cluster.js';
import { coarsePoint } from '../src/model/coarse-point.js';
import { History } from '../src/model/history.js';
import { withRecent } from '../src/model/recent.js';
import { Track } from '../src/model/track.js';
import { EventStream } from '../src/server/event-stream.js';
import { reconnectDelayMs, stateAfter } from '../src/server/reconnect.js';
import { exitText } from '../src/text/exit-text.js';
import { shown, shownLine } from '../src/text/foreign-text.js';
import { bytes, duration, milliseconds, percent, shortNumber } from '../src/text/units.js';
import { filteredLines } from '../src/views/line-filter.js';
import { slotRows } from '../src/views/slots/slot-rows.js';
import { SimulatedCluster } from './simulated-cluster.js';

describe('foreign text', () => {
  it.each([
    ['plain text', 'plain text'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['\u001b[31mred\u001b[0m and \u001b[1;38:5:200mmore\u001b[m', 'red and more'],
    ['a title \u001b]0;x\u0007', 'a title \\x1b]0;x\\x07'],
    ['\u0000\u007f\u0085', '\\x00\\x7f\\x85'],
    ['right \u202eto left\u2066', 'right \\u202eto left\\u2066'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['windows\r\nline, and \r back', 'windows\nline, and \\x0d back'],
    ['<b>&amp;</b>', '<b>&amp;</b>'],
  ])('%j is shown as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('is cut, and never in the middle of a character', () => {
    expect(shown('abcdef', 4)).toBe('abc…');
    expect(shown('abcd', 4)).toBe('abcd');
    expect(shown('ab\u{1f600}cd', 4)).toBe('ab…');
    expect(shown(`${'\u001b[0m'.repeat(1_000_000)}end`, 10)).toBe('…');
  });

  it('stays in its line where it must', () => {
    expect(shownLine('one\ntwo\tthree')).toBe('one\\ntwo  three');
  });
});

describe('numbers', () => {
  it.each([
    [shortNumber(0), '0'],
    [shortNumber(1.26), '1.3'],
    [shortNumber(999.6), '1k'],
    [shortNumber(12_345), '12k'],
    [shortNumber(null), '–'],
    [bytes(92 * 1024 ** 2), '92 MB'],
    [bytes(undefined), '–'],
    [percent(0.374), '37%'],
    [percent(Number.NaN), '–'],
    [milliseconds(1.25), '1.3 ms'],
    [milliseconds(12_000), '12 s'],
    [duration(59_999), '59s'],
    [duration(3_600_000), '1h 00m'],
    [duration(273_840_000), '3d 04h'],
    [duration(-5), '0s'],
  ])('%s is %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('how a process ended', () => {
  const exit = { code: null, signal: null, planned: false } as unknown as PastExit;
  it.each<[Partial<PastExit>, string]>([
    [{ code: 0, planned: true }, 'left with 0'],
    [{ code: 1 }, 'crashed with 1'],
    [{ signal: 'SIGKILL' }, 'killed by SIGKILL'],
    [{ signal: 'SIGTERM', planned: true }, 'ended by SIGTERM'],
    [{ code: 134, outOfMemory: 'heap' }, 'out of memory (heap)'],
    [{ signal: 'SIGKILL', outOfMemory: 'system' }, 'out of memory (system)'],
    [{ signal: 'SIGKILL', expelled: 'spoke nonsense' }, 'expelled'],
    [{ signal: 'SIGKILL', hang: { at: 0, silentMs: 9, stack: [] } }, 'hung'],
    [{ spawnError: 'spawn EMFILE' }, 'could not be spawned'],
  ])('%j', (fields, expected) => {
    expect(exitText({ ...exit, ...fields })).toBe(expected);
  });
});

describe('the stream', () => {
  const text =
    'event: hello\ndata: {"a":1}\n\n: a comment\n\nevent: sample\r\ndata: 1\r\ndata: 2\r\n\r\n';
  const events = [
    { name: 'hello', data: '{"a":1}' },
    { name: 'sample', data: '1\n2' },
  ];

  it('is read whatever the pieces are', () => {
    for (let size = 1; size <= text.length; size++) {
      const stream = new EventStream();
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.slice(index * size, (index + 1) * size),
      );
      expect(pieces.flatMap((piece) => stream.read(piece))).toEqual(events);
    }
  });

  it('has no event without data, and knows no other field', () => {
    expect(new EventStream().read('event: x\n\nid: 4\nretry: 1\n\ndata:no space\n\n')).toEqual([
      { name: 'message', data: 'no space' },
    ]);
  });

  it('gives up on an event without an end', () => {
    const stream = new EventStream();
    const piece = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let count = 0; count < 20; count++) stream.read(piece);
    }).toThrow(RangeError);
  });

  it.each([
    [1, 0, 1_000],
    [1, 1, 750],
    [3, 0, 4_000],
    [5, 0, 10_000],
    [1_000_000, 0, 10_000],
  ])('after %i failures (random %d) the next attempt comes in %i ms', (failures, random, ms) => {
    expect(reconnectDelayMs(failures, random)).toBe(ms);
  });

  it('is lost after more than four failures', () => {
    expect([1, 4, 5].map(stateAfter)).toEqual(['reconnecting', 'reconnecting', 'lost']);
  });
});

describe('history', () => {
  it('is bounded, and time without a point is a gap', () => {
    const track = new Track(1_000, 5);
    track.add(1_000, { a: 1 });
    track.add(2_000, { a: 2 });
    track.add(5_000, { a: 5, b: 50 });
    expect(track.last('a', 9)).toEqual([1, 2, null, null, 5]);
    expect(track.last('b', 9)).toEqual([null, null, null, null, 50]);
    expect(track.times(9)).toEqual([1, 2, 3, 4, 5]);
    track.add(6_000, { a: 6 });
    expect(track.last('a', 2)).toEqual([5, 6]);
    track.add(9_000_000, { a: 7 });
    expect(track.last('a', 9)).toEqual([null, null, null, null, 7]);
    expect(track.times(9)).toHaveLength(5);
  });

  it('goes on from what the server has kept', () => {
    const track = new Track(1_000, 3);
    track.load({ stepMs: 1_000, endAt: 10_000, series: { a: [1, 2, 3, 4] } });
    track.add(11_020, { a: 5, late: 1 });
    expect(track.last('a', 3)).toEqual([3, 4, 5]);
    expect(track.last('late', 3)).toEqual([null, null, 1]);
    expect(track.last('unknown', 2)).toEqual([null, null]);
  });

  it('has a clock that goes back in the next step', () => {
    const track = new Track(1_000, 3);
    for (const at of [10_000, 9_000]) track.add(at, { a: at });
    expect(track.last('a', 3)).toEqual([10_000, 9_000]);
  });

  it('is coarse beyond ten minutes', () => {
    const history = new History();
    for (let second = 1; second <= 700; second++) {
      history.add(second * 1_000, { requestsPerSecond: second % 10, responseP99Ms: second % 10 });
    }
    expect(history.of(['requestsPerSecond'], 10_000)[0]).toHaveLength(11);
    const [times, rates, worst] = history.of(['requestsPerSecond', 'responseP99Ms'], 3_600_000);
    expect(times).toHaveLength(70);
    expect(rates?.at(-1)).toBe(4.5);
    expect(worst?.at(-1)).toBe(9);
  });

  it('makes one point of ten', () => {
    const points = [{ cpu: 1, storeP99Ms: 2 }, { cpu: null, storeP99Ms: 7 }, { cpu: 2 }];
    expect(coarsePoint(points)).toEqual({ cpu: 1.5, storeP99Ms: 7 });
    expect(coarsePoint([{ cpu: null }])).toEqual({ cpu: null });
  });

  it('keeps the last entries', () => {
    expect(withRecent([1, 2, 3], [4, 5], 4)).toEqual([2, 3, 4, 5]);
    expect(withRecent([1], [2, 3, 4], 2)).toEqual([3, 4]);
    const list = [1];
    expect(withRecent(list, [], 2)).toBe(list);
  });
});

describe('what is known of the cluster', () => {
  const cluster = new SimulatedCluster(2);
  const knows = (model: ClusterModel) => ({
    points: model.history.of(['cpu'], 60_000)[1]?.length,
    waiting: model.depths.of(['queueWaiting'], 60_000)[1]?.filter((value) => value === 15).length,
    slots: [...model.slots.value.keys()],
  });

  it('begins anew with each stream, but for what only this page has seen', () => {
    const model = new ClusterModel();
    model.greet(cluster.hello());
    const at = Date.now() + 1_000;
    model.addSample(cluster.sample(at));
    const { queues: _, ...withoutQueues } = cluster.sample(at + 1_000);
    model.addSample(withoutQueues);
    // Nobody has seen it yet.
    expect(knows(model)).toEqual({ points: 61, waiting: 2, slots: [] });
    model.publish();
    expect(knows(model).slots).toEqual([0, 1]);
    model.greet(cluster.hello());
    expect(knows(model)).toMatchObject({ points: 61, waiting: 2 });
  });

  it('is bounded: events, lines of logs, small plots', () => {
    const model = new ClusterModel();
    model.greet(cluster.hello());
    const [event] = cluster.events(Date.now());
    const line = { at: 1, slot: 0, generation: 1, stream: 'stdout', text: 'x' } as const;
    for (let id = 0; id < 2_000; id++) if (event) model.addEvent({ ...event, id });
    for (let count = 0; count < 20_000; count++) model.addLine(line);
    const slots = Array.from({ length: 5_000 }, (_, slot) => [slot, 1, 'ready', 1] as const);
    model.addSample({ ...cluster.sample(Date.now()), slots });
    model.publish();
    expect([model.events.value.length, model.lines.value.length, model.sparks.size]).toEqual([
      500, 3_000, 1_024,
    ]);
    expect(model.events.value.at(-1)?.id).toBe(1_999);
  });
});

describe('lists', () => {
  const worker = (slot: number, generation: number, crashes = 0) =>
    ({ slot, generation, crashes, state: 'ready' }) as unknown as WorkerStatus;
  const now = (slot: number, cpu: number) =>
    [slot, { slot, generation: 1, state: 'ready', numbers: { cpu } }] as const;

  it('has one row for each slot, with the old process beside the new one', () => {
    const rows = slotRows([worker(1, 1), worker(0, 2), worker(0, 3)], new Map(), 'slot');
    expect(rows.map(({ slot, worker, old }) => [slot, worker.generation, old?.generation])).toEqual(
      [
        [0, 3, 2],
        [1, 1, undefined],
      ],
    );
  });

  it('has the greatest first, and by slot where they are equal', () => {
    const workers = [0, 1, 2, 3].map((slot) => worker(slot, 1, slot === 2 ? 5 : 0));
    const slots = new Map([now(0, 0.1), now(1, 0.9), now(3, 0.9)]);
    expect(slotRows(workers, slots, 'cpu').map(({ slot }) => slot)).toEqual([1, 3, 0, 2]);
    expect(slotRows(workers, slots, 'crashes').map(({ slot }) => slot)).toEqual([2, 0, 1, 3]);
  });

  it('finds lines of logs, the last ones', () => {
    const lines = Array.from(
      { length: 10 },
      (_, id) => ({ id, slot: id % 2, text: `GET /${id}` }) as NumberedLine,
    );
    const found = (slot: string, text: string, most = 100) =>
      filteredLines(lines, { slot, text }, most).map(({ id }) => id);
    expect(found('', '', 3)).toEqual([7, 8, 9]);
    expect(found('1', 'get')).toEqual([1, 3, 5, 7, 9]);
    expect(found('', '/4')).toEqual([4]);
    expect(found('7', '')).toEqual([]);
  });
});
