/** Whole screens, as they are read: `muster status`, `list` and `describe` of a cluster that has seen something. */

import type { MachinesStatus } from '@muster/machines';
import { describe, expect, it } from 'vitest';
import { listView } from '../../dist/command/view/list-view.js';
import { machinesDetail, machinesView } from '../../dist/command/view/machines-view.js';
import { slotView } from '../../dist/command/view/slot-view.js';
import { statusView } from '../../dist/command/view/status-view.js';
import { createStyle } from '../../dist/command/view/style.js';
import type {
  ClusterStatus,
  Hang,
  PastExit,
  SlotStatus,
  WorkerStatus,
} from '../../dist/worker-status.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const style = createStyle(false);

const crash: PastExit = {
  generation: 3,
  pid: 4711,
  code: 1,
  signal: null,
  planned: false,
  startedAt: NOW - 200_000,
  exitedAt: NOW - 123_000,
  stderr: [
    '\u001b[31mError: connect ECONNREFUSED 127.0.0.1:5432\u001b[39m',
    '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)',
    '    at connect (/srv/shop/node_modules/a-database/lib/connection.js:127:33) \u001b[2J\r   0  101  ready',
  ],
};
const killed: PastExit = {
  ...crash,
  ...{ generation: 1, pid: 4242, code: null, signal: 'SIGKILL', stderr: [] },
  exitedAt: NOW - 190_000,
};

function worker(slot: number, more: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    slot,
    generation: 1,
    role: 'web',
    state: 'ready',
    pid: 5100 + slot,
    uptimeMs: 65_000,
    addresses: ['http://127.0.0.1:3000', '[::]:7000'],
    restarts: 0,
    crashes: 0,
    heardAt: NOW - 500,
    cpu: 0.5,
    rssBytes: 50 * 1024 ** 2,
    heapUsedBytes: 20 * 1024 ** 2,
    eventLoopDelayP99Ms: 11.2,
    eventLoopUtilization: 0.12,
    connections: 3,
    requestsPerSecond: 1_234,
    bus: { sentPerSecond: 10, receivedPerSecond: 20, queuedBytes: 0 },
    store: { callsPerSecond: 400, failuresPerSecond: 0, p99Ms: 1 },
    ...more,
  };
}

const cluster = {
  name: 'shop',
  pid: 5000,
  cwd: '/srv/商店',
  file: '/srv/shop/app.js',
  version: '1',
};
const crashed = worker(1, { generation: 4, restarts: 3, crashes: 2, lastExit: crash });
const status: ClusterStatus = {
  pid: 5000,
  uptimeMs: 3_700_000,
  state: 'running',
  operation: 'reload',
  addresses: ['http://127.0.0.1:3000', '[::]:7000'],
  progress: { done: 1, total: 3 },
  roles: [
    { role: 'web', workers: 3, ready: 3, state: 'running' },
    { role: '仕事', workers: 1, ready: 0, state: 'running' },
  ],
  workers: [
    worker(0, { state: 'draining' }),
    worker(0, { pid: 5200, generation: 2, restarts: 1, uptimeMs: 900 }),
    crashed,
    worker(2),
    worker(2, { pid: 5201, generation: 2, state: 'starting' }),
    {
      ...{ slot: 3, generation: 1, role: '仕事', state: 'waiting' },
      ...{ uptimeMs: 0, restarts: 1, crashes: 1, lastExit: killed },
    },
  ],
};
const frame = { file: '/srv/shop/app.js', line: 3, column: 5 };
const hang: Hang = {
  at: NOW - 191_000,
  silentMs: 30_012,
  stack: [
    { ...frame, name: 'spins\u001b[2J' },
    { ...frame, name: '', line: 40 },
  ],
};

const slot: SlotStatus = {
  slot: 1,
  role: 'web',
  workers: [crashed],
  exits: [crash, { ...killed, planned: true, code: 0, signal: null, hang }],
  commandLine: ['/usr/bin/node', '--max-old-space-size=200', '/srv/shop/app.js', '--name', 'a b'],
  cwd: '/srv/商店',
};

const screen = (lines: string[]) => `\n${lines.join('\n')}\n`;

const machines: MachinesStatus = {
  name: 'shop-1',
  group: 'default',
  epoch: 3,
  gaps: 1,
  machines: [
    { name: 'shop-2', epoch: 1, members: 5, silenceMs: 120 },
    { name: '\u001bshop-3', epoch: 12, members: 13, silenceMs: 1_900 },
  ],
  link: {
    ...{ up: false, lastError: 'OOM command not allowed', lagMs: 2_345.6, lagBytes: 70_000 },
    ...{ waitingBytes: 3_000_000, waitingMessages: 12_345, dropped: 0, badEntries: 2 },
  },
};

describe('at 80 columns', () => {
  it('the machines of a group, in short and in detail', () => {
    expect(screen(machinesView(machines, style, 80))).toMatchInlineSnapshot(`
      "
      shop-1  in group default  link down  lag 2346 ms  gaps 1
      OOM command not allowed
      MACHINE  EPOCH  MEMBERS        HEARD
      shop-2       1        5   120 ms ago
      hop-3       12       13  1900 ms ago
      "
    `);
    expect(screen(machinesDetail(machines, style, 80))).toMatchInlineSnapshot(`
      "
      shop-1  in group default  link down
      OOM command not allowed
        epoch    3
        lag      2346 ms, 68 KB
        outbox   2.9 MB in 12k messages
        dropped  0 messages
        gaps     1
        refused  2 entries

      MACHINE  EPOCH  MEMBERS        HEARD
      shop-2       1        5   120 ms ago
      hop-3       12       13  1900 ms ago
      "
    `);
    const { lastError: _, ...link } = machines.link;
    const alone = { ...machines, machines: [], link: { ...link, up: true, lagMs: undefined } };
    expect(screen(machinesView(alone, style, 30))).toMatchInlineSnapshot(`
      "
      shop-1  in group default  link
      no other machine is in the group
      "
    `);
  });

  it('status', () => {
    const view = statusView({ cluster, status, now: NOW, style, width: 80 });
    expect(screen(view)).toMatchInlineSnapshot(`
      "
      shop  running (reload 1/3)  3 of 4 ready  up 1h 01m  primary 5000
      http://127.0.0.1:3000  tcp *:7000

      SLOT  ROLE   PID  STATE                  CRASHES  CPU  MEMORY  DELAY  REQ/S
         0  web   5200  ready, gen 1 draining        0  50%   50 MB  11 ms   1.2k
         1  web   5101  ready                        2  50%   50 MB  11 ms   1.2k
         2  web   5102  ready, gen 2 starting        0  50%   50 MB  11 ms   1.2k
         3  仕事     -  waiting                      1    -       -      -      -

      crash  slot 1, generation 3 exited with code 1, 2m 03s ago, after 1m 17s
        Error: connect ECONNREFUSED 127.0.0.1:5432
            at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)
            at connect (/srv/shop/node_modules/a-database/lib/connection.js:127:33) ? 
      crash  slot 3, generation 1 was killed by SIGKILL, 3m 10s ago, after 10s
      "
    `);
  });

  it('list', () => {
    const jobs = { ...cluster, ...status, name: 'jobs', pid: 7, cwd: '/srv/jobs', uptimeMs: 5_000 };
    const all = [jobs, { ...cluster, ...status, state: 'stopping' as const }];
    expect(screen(listView(all, style, 80))).toMatchInlineSnapshot(`
      "
      NAME  STATE     WORKERS       UPTIME  ADDRESSES                           PID
      jobs  running   3 of 4 ready      5s  http://127.0.0.1:3000  tcp *:7000     7
      shop  stopping  3 of 4 ready  1h 01m  http://127.0.0.1:3000  tcp *:7000  5000
      "
    `);
  });

  it('describe', () => {
    expect(screen(slotView({ slot, now: NOW, style }))).toMatchInlineSnapshot(`
      "
      slot 1
        role      web
        command   /usr/bin/node --max-old-space-size=200 /srv/shop/app.js --name 'a b'
        folder    /srv/商店
        restarts  3, 2 of them crashes

      generation 4  ready
        pid         5101
        started     2026-01-02T03:03:00.000Z, 1m 05s ago
        listens on  http://127.0.0.1:3000  tcp *:7000
        heard       0s ago
        cpu         50%
        memory      50 MB, of which heap 20 MB
        event loop  late by 11 ms, busy 12%
        requests    1.2k/s over 3 connections
        bus         10/s sent, 20/s received, 0 KB queued
        store       400/s, 0/s failed, p99 1 ms

      generation 3  crash  pid 4711 exited with code 1, 2m 03s ago, after 1m 17s
        Error: connect ECONNREFUSED 127.0.0.1:5432
            at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)
            at connect (/srv/shop/node_modules/a-database/lib/connection.js:127:33) ?   0  101  ready

      generation 1  ended  pid 4242 exited with code 0, 3m 10s ago, after 10s
        hung  its event loop had not turned for 30 s, and it ran
          at spins (/srv/shop/app.js:3:5)
          at /srv/shop/app.js:40:5
      "
    `);
  });
});

describe('at 120 columns', () => {
  it('status and list of a cluster that fails again and again', () => {
    const degraded = {
      since: NOW - 123_000,
      slots: [1, 3],
      reason:
        'worker 1 (role web, generation 3) exited with code 1 before it was ready, 7 times in a row',
    };
    const [web, ...others] = status.roles;
    const failing: ClusterStatus = {
      ...status,
      degraded,
      unavailable: [{ name: 'bus', reason: 'EMFILE: too many open files' }],
      roles: web ? [{ ...web, degraded }, ...others] : [],
    };
    const [head, , problem, off] = statusView({
      cluster,
      status: failing,
      now: NOW,
      style,
      width: 120,
    });
    const [, row] = listView([{ ...cluster, ...failing }], style, 120);
    expect(screen([head, problem, off, row].map(String))).toMatchInlineSnapshot(`
      "
      shop  running (reload 1/3)  3 of 4 ready  up 1h 01m  primary 5000
      role web is degraded for 2m 03s: worker 1 (role web, generation 3) exited with code 1 before it was ready, 7 times in a row
      bus is off until the primary is restarted: EMFILE: too many open files
      shop  running, degraded  3 of 4 ready  1h 01m  http://127.0.0.1:3000  tcp *:7000  5000  /srv/商店
      "
    `);
  });

  it('status', () => {
    const view = statusView({ cluster, status, now: NOW, style, width: 120 });
    expect(screen(view)).toMatchInlineSnapshot(`
      "
      shop  running (reload 1/3)  3 of 4 ready  up 1h 01m  primary 5000
      http://127.0.0.1:3000  tcp *:7000

      SLOT  ROLE   PID  GEN  STATE                  UPTIME  RESTARTS  CRASHES  CPU  MEMORY  DELAY  CONNS  REQ/S  BUS/S
         0  web   5200    2  ready, gen 1 draining      0s         1        0  50%   50 MB  11 ms      3   1.2k     30
         1  web   5101    4  ready                  1m 05s         3        2  50%   50 MB  11 ms      3   1.2k     30
         2  web   5102    1  ready, gen 2 starting  1m 05s         0        0  50%   50 MB  11 ms      3   1.2k     30
         3  仕事     -    1  waiting                     -         1        1    -       -      -      -      -      -

      crash  slot 1, generation 3 exited with code 1, 2m 03s ago, after 1m 17s
        Error: connect ECONNREFUSED 127.0.0.1:5432
            at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)
            at connect (/srv/shop/node_modules/a-database/lib/connection.js:127:33) ?   0  101  ready
      crash  slot 3, generation 1 was killed by SIGKILL, 3m 10s ago, after 10s
      "
    `);
  });
});
