// A cluster that is not there: what a console's server would tell of one, as a function of time. For the page with more
// workers, and worse days, than a test has.

/** @import { ClusterStatus, ConsoleEvent, Hello, History, Sample, SlotStatus, StoreAnswer, Track, Value, WorkerStatus } from '@muster/core/console' */

const SLOT_SERIES = /** @type {const} */ ([
  ...['requestsPerSecond', 'responseP50Ms', 'responseP99Ms', 'eventLoopDelayP99Ms'],
  ...['eventLoopUtilization', 'cpu', 'rssBytes', 'connections', 'busSentPerSecond'],
  ...['busReceivedPerSecond', 'storeCallsPerSecond', 'storeFailuresPerSecond', 'storeP99Ms'],
]);
const CLUSTER_SERIES = [
  ...SLOT_SERIES,
  ...['nearHitRate', 'machineLagMs', 'primaryCpu', 'primaryRssBytes'],
];
/** What the page must show as text. */
const HOSTILE = '<img src=x onerror="document.title=\'broken\'">\u001b[31mred\u001b[0m\u202e\u0007';

export class SimulatedCluster {
  /** @param {number} slots @param {{ readOnly?: boolean, calm?: boolean }} [options] */
  constructor(slots, { readOnly = false, calm = false } = {}) {
    this.slots = slots;
    this.readOnly = readOnly;
    /** Whether all is well. */
    this.calm = calm;
    this.startedAt = Date.now() - 273_840_000;
  }

  /** @returns {Hello} */
  hello() {
    const now = Date.now();
    const available = /** @type {const} */ ({ available: true });
    return {
      readOnly: this.readOnly,
      intervalMs: 1_000,
      name: 'shop',
      version: '0.1.0',
      now,
      status: this.status(),
      series: {
        slot: /** @type {any} */ (SLOT_SERIES),
        cluster: /** @type {any} */ (CLUSTER_SERIES),
      },
      history: {
        cluster: this.history('cluster', now),
        slots: Object.fromEntries(
          this.#numbers().map((slot) => [slot, this.#track(slot, now, 1_000, 60)]),
        ),
      },
      events: this.events(now),
      parts: { store: available, machines: available, logs: available, profile: available },
    };
  }

  /** @returns {ClusterStatus} */
  status() {
    const workers = this.#numbers().flatMap((slot) => this.workers(slot));
    return {
      pid: 4_711,
      uptimeMs: Date.now() - this.startedAt,
      state: 'running',
      ...(!this.calm && {
        operation: 'reload',
        progress: { done: Math.floor(this.slots / 4), total: this.slots },
        degraded: {
          since: Date.now() - 95_000,
          slots: [2],
          reason: 'exited with 1 before it was ready, 4 times in a row',
        },
      }),
      machines: {
        name: 'shop-1',
        group: 'default',
        epoch: 1,
        gaps: 0,
        link: {
          up: true,
          lagMs: 0.7,
          lagBytes: 240,
          waitingBytes: 0,
          waitingMessages: 0,
          dropped: 0,
          badEntries: 0,
        },
        machines: [{ name: 'shop-2', epoch: 3, members: 5, silenceMs: 310 }],
      },
      addresses: ['http://127.0.0.1:3000'],
      roles: [
        {
          role: 'default',
          workers: this.slots,
          ready: this.slots - (this.calm ? 0 : 2),
          state: 'running',
        },
      ],
      workers,
    };
  }

  /** @param {number} slot @returns {WorkerStatus[]} */
  workers(slot) {
    const base = {
      slot,
      role: 'default',
      restarts: slot % 3,
      crashes: 0,
      addresses: ['http://127.0.0.1:3000'],
    };
    const uptimeMs = Date.now() - this.startedAt - slot * 61_000;
    const ready = {
      ...base,
      generation: 1 + (slot % 3),
      state: /** @type {const} */ ('ready'),
      pid: 5_000 + slot,
      uptimeMs,
    };
    if (this.calm) return [ready];
    if (slot === 1) {
      const next = {
        ...base,
        generation: 3,
        state: /** @type {const} */ ('starting'),
        pid: 6_000,
        uptimeMs: 900,
      };
      return [{ ...ready, generation: 2, state: 'draining' }, next];
    }
    if (slot === 2) {
      return [
        {
          ...base,
          generation: 7,
          state: 'waiting',
          restarts: 6,
          crashes: 4,
          uptimeMs: 0,
          lastExit: this.#crash(),
        },
      ];
    }
    return [ready];
  }

  /** @param {number} slot @returns {SlotStatus} */
  slot(slot) {
    return {
      slot,
      role: 'default',
      workers: this.workers(slot),
      exits: [this.#crash()],
      commandLine: ['/usr/bin/node', '--enable-source-maps', '/srv/shop/server.js'],
      cwd: '/srv/shop',
    };
  }

  #crash() {
    return {
      generation: 6,
      pid: 5_991,
      code: 1,
      signal: null,
      planned: false,
      startedAt: Date.now() - 20_000,
      exitedAt: Date.now() - 12_000,
      stderr: [
        'TypeError: order.total is not a function',
        '    at checkout (/srv/shop/checkout.js:41:17)',
        HOSTILE,
      ],
    };
  }

  /** @param {number} now @returns {ConsoleEvent[]} */
  events(now) {
    const about = [
      { level: 'info', type: 'worker.ready', text: 'worker 0 (generation 1) is ready', slot: 0 },
      { level: 'info', type: 'reload.start', text: 'reload of 4 workers' },
      {
        level: 'info',
        type: 'reload.canary',
        text: 'slot 0 is the canary, watched for 10 s',
        slot: 0,
      },
      { level: 'info', type: 'reload.progress', text: '1 of 4 replaced', done: 1, total: 4 },
      {
        level: 'warn',
        type: 'worker.hung',
        text: 'worker 3 has not answered for 10 s and is replaced',
        slot: 3,
        stack: [
          { name: 'sumOfPrimes', file: '/srv/shop/report.js', line: 12, column: 5 },
          { name: '', file: '/srv/shop/report.js', line: 40, column: 1 },
        ],
      },
      {
        level: 'info',
        type: 'scaled',
        text: 'scaled from 4 to 6: the event loops were 82% busy for 15 s',
        from: 4,
        to: 6,
      },
      {
        level: 'error',
        type: 'worker.exit',
        text: `worker 2 crashed: ${HOSTILE}`,
        slot: 2,
        exit: this.#crash(),
      },
    ];
    return /** @type {ConsoleEvent[]} */ (
      about.map((event, index) => ({
        id: index + 1,
        at: now - (about.length - index) * 47_000,
        ...event,
      }))
    );
  }

  /** @param {number | 'cluster'} of @param {number} [now] @returns {History} */
  history(of, now = Date.now()) {
    return { fine: this.#track(of, now, 1_000, 600), coarse: this.#track(of, now, 10_000, 360) };
  }

  /** @param {number} now @returns {Sample} */
  sample(now) {
    return {
      at: now,
      slots: this.#numbers().map((slot) => {
        const { generation, state } = /** @type {WorkerStatus} */ (this.workers(slot).at(-1));
        const values = this.#values(slot, now);
        return [slot, generation, state, ...SLOT_SERIES.map((name) => values[name] ?? null)];
      }),
      cluster: CLUSTER_SERIES.map((name) => this.#values('cluster', now)[name] ?? null),
      queues: [{ name: 'mail', waiting: 12, delayed: 3, running: 4, failed: 2, isPaused: false }],
    };
  }

  /** @returns {StoreAnswer} */
  store() {
    const counts = {
      delayed: 3,
      blocked: 0,
      running: 4,
      done: 120,
      bytes: 48_200,
      oldestMs: 4_200,
    };
    return {
      at: Date.now(),
      engine: 'redis',
      queues: {
        items: [
          { name: 'mail', waiting: 12, failed: 2, isPaused: false, ...counts },
          { name: 'thumbnails', waiting: 0, failed: 0, isPaused: true, ...counts },
        ],
        more: false,
      },
      locks: {
        items: [
          {
            kind: 'lock',
            name: 'order:42',
            holders: [
              {
                worker: { slot: 1, generation: 2 },
                heldMs: 4_300,
                leftMs: 8_100,
                token: 17,
                takesAll: true,
              },
            ],
            waiters: [{ worker: { slot: 3, generation: 1 }, leftMs: 9_000, takesAll: true }],
            waiting: 1,
          },
          {
            kind: 'leader',
            name: 'cron',
            holders: [{ heldMs: 512_000, leftMs: 9_000, token: 3, takesAll: true }],
            waiters: [],
            waiting: 0,
          },
        ],
        more: false,
      },
      limits: {
        items: [
          { name: 'sign-in', id: '203.0.113.7', taken: [5], resetMs: 42_000, blockedMs: null },
        ],
        more: true,
      },
    };
  }

  #numbers() {
    return Array.from({ length: this.slots }, (_, slot) => slot);
  }

  /** @param {number | 'cluster'} of @param {number} endAt @param {number} stepMs @param {number} count @returns {Track} */
  #track(of, endAt, stepMs, count) {
    /** @type {Record<string, Value[]>} */
    const series = {};
    for (let index = 0; index < count; index++) {
      const values = this.#values(of, endAt - (count - 1 - index) * stepMs);
      for (const [name, value] of Object.entries(values)) {
        series[name] = [...(series[name] ?? []), value];
      }
    }
    return { stepMs, endAt, series };
  }

  /** @param {number | 'cluster'} of @param {number} at @returns {Record<string, Value>} */
  #values(of, at) {
    const slot = of === 'cluster' ? 0 : of;
    const share = of === 'cluster' ? this.slots : 1;
    const wave = (/** @type {number} */ seconds) => 1 + Math.sin(at / 1_000 / seconds + slot) / 2;
    const hash = Math.sin(Math.round(at / 1_000) * 12.9898 + slot * 78.233) * 43_758.5453;
    const noise = 0.85 + 0.3 * (hash - Math.floor(hash));
    return {
      requestsPerSecond: 310 * share * wave(97) * noise,
      responseP50Ms: 3 * wave(53) * noise,
      responseP99Ms: 24 * wave(41) * noise,
      eventLoopDelayP99Ms: 9 * wave(31) * noise,
      eventLoopUtilization: 0.4 * wave(61),
      cpu: 0.37 * share * wave(61) * noise,
      rssBytes: 92e6 * share * (1 + wave(400) / 10),
      connections: Math.round(48 * share * wave(211)),
      busSentPerSecond: 120 * share * wave(23),
      busReceivedPerSecond: 470 * share * wave(23),
      storeCallsPerSecond: 540 * share * wave(71) * noise,
      storeFailuresPerSecond: 0,
      storeP99Ms: 1.2 * wave(83) * noise,
      ...(of === 'cluster' && {
        nearHitRate: 0.93,
        machineLagMs: 0.7 * noise,
        primaryCpu: 0.04 * noise,
        primaryRssBytes: 71e6,
      }),
    };
  }
}
