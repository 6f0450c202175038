// The pure parts of the console, as tables.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { MusterError } from '@muster/codec/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  addSparse,
  BUCKETS,
  bucketOf,
  isSparse,
  percentile,
  sparse,
} from '../../dist/channel/response-buckets.js';
import { consoleOptions } from '../../dist/command/start/console-options.js';
import { ConsoleActions } from '../../dist/extensions/console/actions.js';
import { ConsoleKeys } from '../../dist/extensions/console/auth/console-keys.js';
import { cookieOf, foreignPage } from '../../dist/extensions/console/auth/request-check.js';
import { WrongTokens } from '../../dist/extensions/console/auth/wrong-tokens.js';
import { EventLog } from '../../dist/extensions/console/events/event-log.js';
import { eventOfLine } from '../../dist/extensions/console/events/log-event.js';
import { Histories } from '../../dist/extensions/console/history/histories.js';
import { Ring } from '../../dist/extensions/console/history/ring.js';
import { SeriesHistory } from '../../dist/extensions/console/history/series-history.js';
import {
  CLUSTER_SERIES,
  clusterValues,
  SLOT_SERIES,
  valuesOf,
} from '../../dist/extensions/console/history/values.js';
import { PageFiles } from '../../dist/extensions/console/http/page-files.js';
import { Streams } from '../../dist/extensions/console/http/streams.js';
import type { ClusterSeries, Sample, SlotSeries } from '../../dist/extensions/console/protocol.js';
import { workerOf } from '../../dist/extensions/console/views/store-view.js';
import { adminOptions } from '../../dist/supervisor/options/admin-options.js';

describe('the counts of response times', () => {
  it.each([0, Number.NaN, 0.05, 0.1, 0.3, 1, 2.5, 47, 1_000, 99_000, 1e9])(
    '%d ms are in a bucket near them',
    (ms) => {
      const counts = new Uint32Array(BUCKETS);
      const bucket = bucketOf(ms);
      counts[bucket] = 1;
      const told = percentile(counts, 0.99) ?? 0;
      if (ms > 0.1 && ms < 100_000) {
        expect(told).toBeGreaterThanOrEqual(ms * 0.999);
        expect(told).toBeLessThanOrEqual(ms * 1.19);
      } else expect([0, BUCKETS - 1]).toContain(bucket);
    },
  );

  it('add up, and travel as pairs', () => {
    const [one, other] = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];
    one[bucketOf(1)] = 98;
    other[bucketOf(500)] = 2;
    const sum = new Uint32Array(BUCKETS);
    for (const counts of [one, other]) addSparse(sum, sparse(counts));
    expect(percentile(sum, 0.5)).toBeCloseTo(1, 0);
    expect(percentile(sum, 0.99)).toBeGreaterThan(499);
    expect(percentile(new Uint32Array(BUCKETS), 0.5)).toBeUndefined();
  });

  it.each([
    [[], true],
    [[3, 1, 80, 7], true],
    [[3], false],
    [[81, 1], false],
    [[-1, 1], false],
    [[1, 0.5], false],
    [[1, -1], false],
    [[1, 2 ** 32], false],
    [new Array(2 * BUCKETS + 2).fill(0), false],
    ['3,1', false],
    [undefined, false],
    [[1, '1'], false],
  ])('are read from a worker only if they are right: %j', (given, right) => {
    expect(isSparse(given)).toBe(right);
  });
});

describe('what is kept', () => {
  it('of a ring: the last points, oldest first, with gaps', () => {
    const ring = new Ring(['a', 'b'], 4, 1_000);
    expect(ring.track()).toEqual({ stepMs: 1_000, endAt: 0, series: { a: [], b: [] } });
    ring.push(1, [1, null]);
    ring.push(2, [2, 0.123_456]);
    expect(ring.track()).toEqual({
      stepMs: 1_000,
      endAt: 2,
      series: { a: [1, 2], b: [null, 0.1235] },
    });
    ring.push(5, [5, 5], 2);
    ring.push(6, [6]);
    expect(ring.track().series).toEqual({ a: [null, null, 5, 6], b: [null, null, 5, null] });
    expect(ring.track(2).series).toEqual({ a: [5, 6], b: [5, null] });
    ring.push(9_999, [7, 7], 9_000);
    expect(ring.track().series).toEqual({ a: [null, null, null, 7], b: [null, null, null, 7] });
    expect(ring.bytes).toBe(2 * 4 * 4);
  });

  it('of a series: ten seconds become one point, the greatest of a p99 and the mean of others', () => {
    const history = new SeriesHistory(['cpu', 'responseP99Ms']);
    for (let at = 1; at <= 25; at++) history.push(at, [at, at % 10 === 5 ? 100 : 1]);
    const { coarse, fine } = history.all();
    expect(coarse).toMatchObject({
      stepMs: 10_000,
      series: { cpu: [5.5, 15.5], responseP99Ms: [100, 100] },
    });
    expect(fine.series.cpu).toHaveLength(25);
    // 5 points are pending: with 24 that were missed, and this one, there are three more of ten.
    history.push(50, [50, 1], 24);
    expect(history.all().coarse.series.cpu).toEqual([5.5, 15.5, 23, null, 50]);
  });

  it('of many slots: the first 64, forgotten when they are gone, in 3.3 MB', () => {
    const histories = new Histories();
    const slots = Array.from({ length: 70 }, (_, slot) => ({
      slot,
      values: SLOT_SERIES.map(() => 1),
    }));
    histories.push(
      0,
      0,
      CLUSTER_SERIES.map(() => 1),
      slots,
    );
    expect(histories.bytes).toBe((64 * SLOT_SERIES.length + CLUSTER_SERIES.length) * 960 * 4);
    expect(histories.bytes).toBeLessThan(3.3e6);
    expect(histories.slot(64)).toBeUndefined();
    histories.push(4_000, 4_000, [], slots.slice(0, 1));
    expect(histories.slot(1)).toBeUndefined();
    expect(histories.slot(0)?.fine.series.cpu).toEqual([1, null, null, null, 1]);
    expect(Object.keys(histories.recentOfSlots(2))).toEqual(['0']);
    expect(histories.recentOfSlots(2)[0]?.series.cpu).toEqual([null, 1]);
  });

  it('of events: the last 500, each of bounded length, numbered on', () => {
    const heard: number[] = [];
    const events = new EventLog(({ id }) => heard.push(id));
    for (let left = 510; left > 0; left--) {
      events.add({ level: 'info', type: 'x', text: 'y'.repeat(10_000) });
    }
    expect(events.all).toHaveLength(500);
    expect(events.all[0]?.id).toBe(11);
    expect(events.all[0]?.text).toHaveLength(4_000);
    expect(heard.at(-1)).toBe(510);
  });
});

describe('the numbers of a sample', () => {
  const heard = (cpu: number, p99: number, responses: number[] = []) => ({
    vitals: {
      ...{ cpu, rssBytes: 1e6, eventLoopDelayP99Ms: p99, eventLoopUtilization: cpu },
      near: { hitsPerSecond: 3, missesPerSecond: 1, stalePerSecond: 0, gaps: 0, entries: 1 },
    },
    responses,
  });
  const of = (values: readonly unknown[], name: SlotSeries | ClusterSeries) =>
    values[CLUSTER_SERIES.indexOf(name)];

  it('of a slot without a process are none', () => {
    expect(valuesOf([])).toEqual(SLOT_SERIES.map(() => null));
  });

  it('are sums, means and the greatest, and percentiles of all responses', () => {
    const fast = [bucketOf(1), 990];
    const slow = [bucketOf(700), 20];
    const own = { machineLagMs: 4, cpu: 0.5, rssBytes: 2e6 };
    const values = clusterValues([heard(0.25, 5, fast), heard(0.75, 9, slow)], own);
    expect(values).toHaveLength(CLUSTER_SERIES.length);
    const expected = { cpu: 1, rssBytes: 2e6, eventLoopDelayP99Ms: 9, eventLoopUtilization: 0.5 };
    for (const [name, value] of Object.entries(expected))
      expect(of(values, name as SlotSeries)).toBe(value);
    expect(of(values, 'responseP50Ms')).toBeLessThan(1.2);
    expect(of(values, 'responseP99Ms')).toBeGreaterThan(699);
    expect(of(values, 'nearHitRate')).toBe(0.75);
    expect(of(values, 'machineLagMs')).toBe(4);
    expect(of(values, 'primaryCpu')).toBe(0.5);
    expect(of(values, 'storeP99Ms')).toBeNull();
  });
});

describe('the keys', () => {
  it('open sessions that end with the primary', () => {
    const [keys, later] = [new ConsoleKeys(), new ConsoleKeys()];
    expect(keys.token).toMatch(/^[\w-]{32}$/);
    expect(keys.acceptsToken(keys.token)).toBe(true);
    for (const wrong of ['', ' ', `${keys.token} `, keys.token.slice(1), later.token]) {
      expect(keys.acceptsToken(wrong)).toBe(false);
    }
    const { cookie, key } = keys.openSession();
    const other = keys.openSession();
    expect(keys.accepts(cookie, key)).toBe(true);
    expect(later.accepts(cookie, key)).toBe(false);
    expect(keys.accepts(cookie, other.key)).toBe(false);
    expect(keys.accepts(other.cookie, key)).toBe(false);
    for (const [one, two] of [
      ['', ''],
      ['.', ''],
      [cookie, ''],
      ['', key],
      [`${cookie}x`, key],
      [key, cookie],
    ]) {
      expect(keys.accepts(one ?? '', two ?? '')).toBe(false);
    }
  });

  it('count wrong tokens by address, in bounded memory', () => {
    const wrong = new WrongTokens();
    const add = (address: string, now: number, times = 1) => {
      let answer = 0;
      for (let left = times; left > 0; left--) answer = wrong.add(address, now);
      return answer;
    };
    expect(add('a', 0, 10)).toBe(0);
    expect(wrong.isNew('a')).toBe(false);
    expect(add('a', 30_000)).toBe(30);
    expect(wrong.isNew('a')).toBe(true);
    expect(add('a', 59_999)).toBe(1);
    expect(wrong.isNew('a')).toBe(false);
    expect(add('b', 59_999)).toBe(0);
    expect(add('a', 60_000)).toBe(0);
    for (let at = 0; at < 300; at++) add(`c${at}`, 60_000);
    expect(wrong.isNew('a')).toBe(false);
    expect(add('a', 60_000, 10)).toBe(0);
  });

  it.each([
    [{}, true],
    [{ origin: 'http://localhost:9999' }, true],
    [{ origin: 'https://LOCALHOST:9999' }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ origin: 'http://localhost' }, false],
    [{ origin: 'http://localhost:99999' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'file://' }, false],
    [{ origin: 'http://localhost:9999/' }, false],
    [{ origin: 'http://localhost:9999.evil.example' }, false],
    [{ origin: 'http://evil@localhost:9999' }, false],
    [{ origin: 'http://localhost:9999', host: undefined }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
  ])('%j is of the own page: %s', (headers, own) => {
    expect(foreignPage({ host: 'localhost:9999', ...headers }) === undefined).toBe(own);
  });

  it('are found among cookies', () => {
    expect(cookieOf('a=1; muster=x.y; muster=z', 'muster')).toBe('x.y');
    expect(cookieOf('xmuster=1;muster', 'muster')).toBe('');
    expect(cookieOf(undefined, 'muster')).toBe('');
  });
});

describe('a line of the log', () => {
  class Failed extends MusterError {
    readonly code = 'MUSTER_X';
  }

  it('becomes an event with what pages know, within bounds', () => {
    const frames = Array.from({ length: 60 }, () => ({
      name: 'f',
      file: 'x'.repeat(900),
      line: 1,
      column: 2,
    }));
    const fields = {
      slot: 1,
      generation: 2,
      role: 'web',
      reason: 7,
      secret: 'x',
      error: new Failed('no'),
      stack: [null, { name: {} }, ...frames],
    };
    const event = eventOfLine({
      level: 'error',
      event: 'worker.hung',
      message: 'it hangs',
      fields,
    });
    expect(event).toMatchObject({
      level: 'error',
      type: 'worker.hung',
      text: 'it hangs',
      slot: 1,
      generation: 2,
      role: 'web',
      code: 'MUSTER_X',
    });
    expect(event).not.toHaveProperty('secret');
    expect(event).not.toHaveProperty('reason');
    expect(event?.stack).toHaveLength(50);
    expect(event?.stack?.[0]).toMatchObject({ name: '', file: '' });
    expect(event?.stack?.[2]?.file).toHaveLength(500);
  });

  it('is left out if the events of the cluster tell more', () => {
    expect(eventOfLine({ level: 'info', event: 'worker.ready', message: '' })).toBeUndefined();
  });
});

describe('the owner of a lease', () => {
  it.each([
    ['c1.3.2', { slot: 3, generation: 2 }],
    ['c2.3.2', undefined],
    ['c1.3', undefined],
    ['c1.3.2.1', undefined],
    ['c13.2', undefined],
    ['V1StGXR8_Z5jdHi6B-myT', undefined],
  ])('%s', (owner, worker) => {
    expect(workerOf(owner, 'c1')).toEqual(worker);
  });
});

describe('a page that does not read', () => {
  afterEach(() => vi.useRealTimers());

  class Response extends EventEmitter {
    writableLength = 0;
    readonly written: string[] = [];
    writeHead() {}
    write(text: string) {
      this.written.push(text);
      return true;
    }
    destroy() {
      this.emit('close');
    }
  }
  const look = (streams: Streams) => {
    const response = new Response();
    void streams.serve(response as unknown as ServerResponse, {} as never, false);
    return response;
  };
  const sample = {} as Sample;

  it('is disconnected when too much waits for it, and others hear on', async () => {
    const streams = new Streams();
    const [one, other] = [look(streams), look(streams)];
    one.writableLength = 2e6;
    streams.send('sample', sample);
    await vi.waitFor(() => expect(streams.size).toBe(1));
    streams.send('sample', sample);
    streams.send('log', {} as never);
    expect(other.written).toHaveLength(3);
  });

  it('is disconnected when something waits for too long', async () => {
    const now = vi.spyOn(performance, 'now');
    const streams = new Streams();
    const start = performance.now();
    const one = look(streams);
    one.writableLength = 10;
    now.mockReturnValue(start + 29_000);
    streams.send('sample', sample);
    expect(one.written).toHaveLength(2);
    now.mockReturnValue(start + 31_000);
    streams.send('sample', sample);
    now.mockRestore();
    await vi.waitFor(() => expect(streams.size).toBe(0));
  });
});

describe('what a console may be', () => {
  it.each([
    [{ console: true }, { readOnly: false, remote: false }],
    [{ console: {} }, { readOnly: false, remote: false }],
    [{ console: { readOnly: true } }, { readOnly: true, remote: false }],
    [
      { console: true, host: '::1' },
      { readOnly: false, remote: false },
    ],
    [
      { console: { remote: true }, host: '0.0.0.0' },
      { readOnly: false, remote: true },
    ],
    [{ console: false, host: '0.0.0.0' }, undefined],
  ])('%j', (given, console) => {
    expect(adminOptions({ port: 0, ...given })?.console).toEqual(console);
  });

  it.each([
    [{ console: true, host: '0.0.0.0' }, /other machines reach "0\.0\.0\.0".*ssh -L.*remote: true/],
    [{ console: { readonly: true } }, /readonly.*readOnly/],
    [{ console: 'yes' }, /admin\.console/],
    [{ console: { readOnly: 1 } }, /admin\.console\.readOnly: 1 is neither true nor false/],
  ])('not %j', (given, message) => {
    expect(() => adminOptions({ port: 0, ...given } as never)).toThrow(message);
  });

  it('by the flags of the command, with a port of loopback if there is no other', async () => {
    expect(await consoleOptions({}, {})).toEqual({});
    expect(await consoleOptions({}, { admin: { port: 9 } })).toEqual({});
    const admin = { port: 9, console: true };
    expect(await consoleOptions({}, { admin })).toEqual({ admin });
    expect(await consoleOptions({ consoleReadOnly: true }, { admin })).toEqual({
      admin: { port: 9, console: { readOnly: true } },
    });
    const chosen = await consoleOptions({ consoleReadOnly: true }, {});
    expect([9_999, 0]).toContain(chosen.admin?.port);
  });

  it('does nothing if it is read-only', async () => {
    const actions = new ConsoleActions({ cluster: {} } as never, {} as never, {} as never, {
      readOnly: true,
    });
    for (const name of ['reload', 'restart', 'scale', 'stop', 'profile', 'retry', 'x']) {
      await expect(actions.run(name, {}, {} as never)).rejects.toMatchObject({
        status: 403,
        code: 'MUSTER_CONSOLE',
      });
    }
  });

  it('says which package it needs', async () => {
    await expect(PageFiles.load('@muster/not-there')).rejects.toMatchObject({
      code: 'MUSTER_CONSOLE',
      message: expect.stringMatching(/not installed.*npm install @muster\/console/),
    });
    await expect(PageFiles.load('@muster/queue')).rejects.toThrow(
      /cannot show the console: it has no readPage/,
    );
  });
});
