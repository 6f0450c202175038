import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RateHistory } from '../../dist/command/top/rate-history.js';
import { topView } from '../../dist/command/top/top-view.js';
import { bar, sparkline } from '../../dist/command/view/bars.js';
import { clip, clipStyled, widthOf } from '../../dist/command/view/clip.js';
import { statusView } from '../../dist/command/view/status-view.js';
import { createStyle } from '../../dist/command/view/style.js';
import { table } from '../../dist/command/view/table.js';
import {
  bytes,
  duration,
  milliseconds,
  percent,
  shortNumber,
} from '../../dist/command/view/units.js';
import type { ClusterStatus, WorkerStatus } from '../../dist/worker-status.js';

const plain = createStyle(false);
const coloured = createStyle(true);

describe('a number as text', () => {
  it.each([
    [shortNumber(0), '0'],
    [shortNumber(3.14), '3.1'],
    [shortNumber(9.97), '10'],
    [shortNumber(999.4), '999'],
    [shortNumber(999.9), '1k'],
    [shortNumber(1_234), '1.2k'],
    [shortNumber(123_456), '123k'],
    [shortNumber(2_500_000), '2.5M'],
    [shortNumber(undefined), '-'],
    [shortNumber(Number.NaN), '-'],
    [bytes(0), '0 KB'],
    [bytes(47_500_000), '45 MB'],
    [bytes(3.2 * 1024 ** 3), '3.2 GB'],
    [percent(0.057), '6%'],
    [percent(undefined), '-'],
    [milliseconds(1.26), '1.3 ms'],
    [milliseconds(820.3), '820 ms'],
    [milliseconds(12_000), '12 s'],
    [duration(-5), '0s'],
    [duration(59_999), '59s'],
    [duration(184_000), '3m 04s'],
    [duration(7_500_000), '2h 05m'],
    [duration(93_600_000), '1d 02h'],
  ])('%s is %s', (shown, expected) => expect(shown).toBe(expected));
});

describe('a sparkline', () => {
  it.each([
    { values: [], most: 0, shown: '    ' },
    { values: [0, 0], most: 0, shown: '  ▁▁' },
    { values: [1, 2, 4, 8], most: 0, shown: '▁▂▄█' },
    { values: [9, 9, 1, 2, 4, 8], most: 0, shown: '▁▂▄█' },
    { values: [4, 4, 4, 4], most: 8, shown: '▄▄▄▄' },
    { values: [Number.NaN, -1, 0, 1], most: 0, shown: '▁▁▁█' },
  ])('of $values is "$shown"', ({ values, most, shown }) => {
    expect(sparkline(values, 4, most)).toBe(shown);
  });
});

it.each([
  [0, '    '],
  [0.5, '██  '],
  [0.4, '█▋  '],
  [1, '████'],
  [7, '████'],
  [Number.NaN, '    '],
])('a bar of %s is "%s"', (share, shown) => expect(bar(share, 4)).toBe(shown));

describe('a table', () => {
  const columns = [
    { title: 'NAME', align: 'left' as const, weight: 3, cell: (row: string[]) => row[0] ?? '' },
    { title: 'N', align: 'right' as const, weight: 1, cell: (row: string[]) => row[1] ?? '' },
    {
      title: 'STATE',
      align: 'left' as const,
      weight: 2,
      cell: (row: string[]) => ({ text: row[2] ?? '', paint: coloured.red }),
    },
  ];
  const rows = [
    ['a', '1', 'ready'],
    ['longer', '1000', 'x'],
  ];

  it('pads and aligns', () => {
    expect(table(columns, rows, plain).map(stripVTControlCharacters)).toEqual([
      'NAME       N  STATE',
      'a          1  ready',
      'longer  1000  x    ',
    ]);
  });

  it('leaves out what matters least where there is no room', () => {
    const at = (width: number) => table(columns, rows, plain, width).map(stripVTControlCharacters);
    expect(at(19)[0]).toBe('NAME       N  STATE');
    expect(at(18)[0]).toBe('NAME    STATE');
    expect(at(12)[0]).toBe('NAME');
    expect(at(4)).toEqual(['NAME', 'a  …', 'lon…']);
  });

  it('lets no cell move the cursor', () => {
    const [, row] = table(columns, [['\u001b[2Ja\n', '\r', '\u009b']], plain);
    expect(stripVTControlCharacters(String(row))).toMatch(/^a\? {4}\? {2}\?/);
  });

  it('counts the columns of a terminal, and not characters', () => {
    const names = ['商店', 'shop', '👩‍🚀'];
    const [headings, ...lines] = table(
      columns,
      names.map((name) => [name, '1', 'x']),
      plain,
    );
    expect(headings).toBe('NAME  N  STATE');
    expect(lines.map((line) => widthOf(line))).toEqual([14, 14, 14]);
    expect(lines.map(stripVTControlCharacters)).toEqual([
      '商店  1  x    ',
      'shop  1  x    ',
      '👩‍🚀    1  x    ',
    ]);
    expect(clip('商店街', 5)).toBe('商店…');
    expect(clip('商店街', 4)).toBe('商…');
    expect(clipStyled(`${coloured.red('商店')}街`, 3)).toBe(coloured.red('商'));
  });
});

it('clips coloured text by what is seen, and ends its colours', () => {
  expect(clipStyled(coloured.red('abcdef'), 3)).toBe(coloured.red('abc'));
  expect(clipStyled(`ab${coloured.bold('cd')}ef`, 10)).toBe(`ab${coloured.bold('cd')}ef`);
});

const NOW = 1_000_000;
const CLUSTER = { name: 'shop-1a2b3c', pid: 4242, cwd: '/srv', file: '/srv/app.js', version: '1' };

function worker(slot: number, more: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    slot,
    generation: 1,
    role: 'worker',
    state: 'ready',
    pid: 100 + slot,
    uptimeMs: 65_000,
    addresses: ['http://127.0.0.1:3000'],
    restarts: 0,
    crashes: 0,
    heardAt: NOW - 500,
    cpu: 0.5,
    rssBytes: 50 * 1024 ** 2,
    eventLoopDelayP99Ms: 11.2,
    connections: 3,
    requestsPerSecond: 1_234,
    bus: { sentPerSecond: 10, receivedPerSecond: 20, queuedBytes: 0 },
    store: { callsPerSecond: 400, failuresPerSecond: 0, p99Ms: 1 },
    ...more,
  };
}

function status(workers: WorkerStatus[], more: Partial<ClusterStatus> = {}): ClusterStatus {
  const ready = workers.filter(({ state }) => state === 'ready').length;
  return {
    pid: 4242,
    uptimeMs: 3_700_000,
    state: 'running',
    addresses: [],
    roles: [{ role: 'worker', workers: workers.length, ready, state: 'running' }],
    workers,
    ...more,
  };
}

describe('the status', () => {
  it('is a line for the cluster and one for each worker', () => {
    const view = statusView({
      cluster: CLUSTER,
      status: status([worker(0), worker(1, { generation: 3, restarts: 2 })]),
      now: NOW,
      style: plain,
    });
    expect(view).toEqual([
      'shop-1a2b3c  running  2 of 2 ready  up 1h 01m  primary 4242',
      '',
      'SLOT  PID  GEN  STATE  UPTIME  RESTARTS  CRASHES  CPU  MEMORY  DELAY  CONNS  REQ/S  BUS/S  STORE/S',
      '   0  100    1  ready  1m 05s         0        0  50%   50 MB  11 ms      3   1.2k     30      400',
      '   1  101    3  ready  1m 05s         2        0  50%   50 MB  11 ms      3   1.2k     30      400',
    ]);
  });

  it('names roles where there are several, and those that are stopped', () => {
    const view = statusView({
      cluster: CLUSTER,
      status: status([worker(0, { role: 'web' })], {
        operation: 'reload',
        roles: [
          { role: 'web', workers: 1, ready: 1, state: 'running' },
          { role: 'jobs', workers: 1, ready: 0, state: 'stopped' },
        ],
      }),
      now: NOW,
      style: plain,
    });
    expect(view[0]).toContain('running (reload)  1 of 2 ready');
    expect(view[1]).toBe('role jobs is stopped: nothing is replaced in it');
    expect(view[3]).toMatch(/^SLOT {2}ROLE/);
  });

  it('says which roles follow their load, and what it did last', () => {
    const role = { workers: 2, ready: 2, state: 'running' as const };
    const last = { at: NOW - 65_000, from: 1, to: 2, reason: '1 worker was 93 % busy' };
    const view = statusView({
      cluster: CLUSTER,
      status: status([worker(0)], {
        roles: [
          { role: 'web', ...role, autoscale: { min: 1, max: 4, last } },
          { role: 'jobs', ...role, autoscale: { min: 2, max: 8 } },
        ],
      }),
      now: NOW,
      style: plain,
    });
    expect(view.slice(1, 4)).toEqual([
      'role web follows its load: 2 of 1 to 4; 1 to 2 1m 05s ago: 1 worker was 93 % busy',
      'role jobs follows its load: 2 of 2 to 8',
      '',
    ]);
  });

  it('says of a cluster that stops only that it does', () => {
    const view = statusView({
      cluster: CLUSTER,
      status: status([worker(0, { role: 'web' })], {
        state: 'stopping',
        roles: [{ role: 'web', workers: 1, ready: 0, state: 'stopped' }],
      }),
      now: NOW,
      style: plain,
    });
    expect(view.join('\n')).not.toContain('nothing is replaced');
  });

  it('shows a slot without a process, and a worker that has told nothing yet', () => {
    const { pid: _, ...gone } = worker(0, {
      state: 'waiting',
      uptimeMs: 0,
      crashes: 3,
      restarts: 3,
    });
    const silent: WorkerStatus = {
      slot: 1,
      generation: 1,
      role: 'worker',
      state: 'starting',
      pid: 7,
      uptimeMs: 10,
      restarts: 0,
      crashes: 0,
    };
    const view = statusView({
      cluster: CLUSTER,
      status: status([gone, silent]),
      now: NOW,
      style: plain,
    });
    expect(view[3]).toMatch(/^ {3}0 +- +1 {2}waiting +- +3 +3( +-){7}$/);
    expect(view[4]).toMatch(/^ {3}1 +7 +1 {2}starting +0s +0 +0( +-){7}$/);
  });

  it('greys what is old, and reddens what is late', () => {
    const view = statusView({
      cluster: CLUSTER,
      status: status([
        worker(0, { heardAt: NOW - 60_000 }),
        worker(1, { eventLoopDelayP99Ms: 900 }),
      ]),
      now: NOW,
      style: coloured,
    });
    expect(view[3]).toContain(coloured.dim('50%'));
    expect(view[4]).toContain(coloured.red('900 ms'));
  });
});

describe('the screen of top', () => {
  const history = new RateHistory();
  for (const rate of [0, 500, 1_000]) {
    history.add(
      status([worker(0, { requestsPerSecond: rate }), worker(1, { requestsPerSecond: 250 })]),
    );
  }
  const screen = (width: number, height: number, workers = 2) =>
    topView({
      cluster: CLUSTER,
      status: status(Array.from({ length: workers }, (_, slot) => worker(slot))),
      now: NOW,
      style: coloured,
      width,
      height,
      history,
    });

  it('adds up what the workers do, and draws what they did', () => {
    const [, totals, , headings, first] = screen(200, 40).map(stripVTControlCharacters);
    expect(totals).toBe('req/s 1.3k ▂▅█  cpu 100%  memory 100 MB  bus 20/s  store 800/s');
    expect(headings).toContain('REQUESTS');
    expect(first).toMatch(/50% {2}███ {5}.*1\.2k +▁▄█/);
  });

  it.each([
    [200, 40],
    [80, 24],
    [40, 10],
    [10, 5],
    [1, 1],
  ])('fits in %s x %s', (width, height) => {
    const lines = screen(width, height, 64).map(stripVTControlCharacters);
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('says how many it has no room for', () => {
    expect(screen(80, 24, 64).map(stripVTControlCharacters).join('\n')).toContain('… and 47 more');
  });

  it('forgets a slot that is gone, and all that is too old', () => {
    const long = new RateHistory();
    for (let i = 0; i < 1_000; i++) long.add(status([worker(0), worker(1)]));
    expect(long.of(1).length).toBeLessThanOrEqual(120);
    long.add(status([worker(0)]));
    expect(long.of(1)).toEqual([]);
    expect(long.total.length).toBeLessThanOrEqual(120);
  });
});
