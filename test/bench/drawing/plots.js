// What docs/benchmarks.md shows of each bench: which lines, by which names, and which of them as bars.
// @ts-check

/**
 * A comparison of the report: the beginning of its section's title, its `what`, and who is compared to whom.
 *
 * @typedef {[label: string, section: string, what: string, ours?: string, theirs?: string]} Line
 */

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {'more' | 'less'} better
 * @property {[ours: string, theirs: string]} names of lines that name none
 * @property {Line[]} lines those with the same label are one group of bars
 * @property {Line[]} [others] in the table only
 * @property {Figures} [figures]
 */

/**
 * Lines that are not compared: a table of them.
 *
 * @typedef {object} Figures
 * @property {string[]} head
 * @property {[label: string, section: string, ...whats: string[]][]} rows a column for each `what`
 */

/** @type {Record<string, Plot | { figures: Figures }>} by the name of the bench */
export const PLOTS = {
  core: {
    title: 'A start of four workers, until all are ready',
    better: 'less',
    names: ['Muster', 'bare node:cluster'],
    lines: [
      ['the worker is a module', '4 workers, a start', 'to all ready, a module'],
      [
        "a function, import '@muster/core/cluster'",
        '4 workers, a start',
        'to all ready, a function, lean',
      ],
      [
        "a function, import '@muster/core'",
        '4 workers, a start',
        'to all ready, a function, whole',
      ],
    ],
    others: [
      ['requests of 2 workers, 32 keep-alive connections', '2 workers, 32', 'requests'],
      ['the same, bare against bare', '2 workers, 32', 'requests, bare against bare'],
      ['p50 at a fixed rate, an open loop', 'The same at', 'p50'],
      ['p99 at a fixed rate, an open loop', 'The same at', 'p99'],
      ['the same, bare against bare', 'The same at', 'p99, bare against bare'],
      ['memory of the primary (RSS)', '4 workers, a start', 'RSS of the primary'],
    ],
  },
  'core-idle': {
    figures: {
      head: ['', 'of one core, all processes together', 'wake-ups of a worker'],
      rows: ['ours', 'bare'].map((side) => [
        side === 'ours' ? 'Muster' : 'bare node:cluster',
        '64 workers that do nothing',
        `${side}: of one core, all together`,
        `${side}: wake-ups of a worker, all its threads`,
      ]),
    },
  },
  console: {
    figures: {
      head: ['', 'of one core'],
      rows: [
        'without a console',
        'with a console, nobody looks',
        'with a console, one page looks',
      ].map((what) => [what, 'the primary of', what]),
    },
  },
  logs: {
    figures: {
      head: ['`logs`', '1,000 lines/s', '50,000 lines/s'],
      rows: ['inherit', 'keep', 'prefix'].map((way) => [
        `\`'${way}'\``,
        'a worker that prints',
        `1000 lines/s, logs: ${way}`,
        `50000 lines/s, logs: ${way}`,
      ]),
    },
  },
  'store-embedded': {
    title: 'One call after the other, values of 887 bytes',
    better: 'less',
    names: ['Muster, embedded', 'ioredis, same machine'],
    lines: ['get', 'set', 'increment'].map((call) => [call, 'values of 887 bytes', call]),
    others: [
      [
        'reads of 2 workers at once (ioredis: 64 in flight)',
        '2 workers at once',
        'get, against 64 in flight, auto-pipelining',
      ],
      ['the same, values of 100 bytes', '2 workers at once', 'the same, values of 100 bytes'],
      [
        'the same, values that neither side parses',
        '2 workers at once',
        'values as above, which neither side parses',
      ],
    ],
  },
  'store-redis': {
    title: 'The store on Redis, 64 calls in flight',
    better: 'more',
    names: ['Muster on Redis', 'ioredis, auto-pipelining'],
    lines: ['get', 'set', 'increment'].map((call) => [
      call,
      `${call}, values`,
      'Redis engine, codec included, against ioredis with auto-pipelining and JSON',
    ]),
  },
  near: {
    title: 'Reading one value, one call after the other',
    better: 'less',
    names: ['Muster, near cache', 'ioredis GET'],
    lines: [
      ['a number', 'a near hit, a number', 'against a GET by ioredis'],
      [
        'a number',
        'a near hit, a number',
        'against a copy from a Map',
        'Muster, near cache',
        'a copy from a Map',
      ],
      ['1 KB of JSON', 'a near hit, 1 KB', 'against a GET by ioredis'],
      [
        '1 KB of JSON',
        'a near hit, 1 KB',
        'against a copy from a Map',
        'Muster, near cache',
        'a copy from a Map',
      ],
    ],
    others: [
      [
        '`set` of a key of a near namespace',
        'set, 1 KB',
        'keys of a near namespace, against a process without one',
        'Muster, near cache',
        'without a near cache',
      ],
      [
        '`set` of another key',
        'set, 1 KB',
        'other keys, against a process without one',
        'Muster, near cache',
        'without a near cache',
      ],
    ],
  },
  bus: {
    title: 'From worker to worker, messages a second',
    better: 'more',
    names: ['Muster', 'process.send'],
    lines: [
      ['small, to one worker', 'small, to one', 'messages'],
      ['small, to one worker, cold', 'small, to one, cold', 'messages'],
      ['small, to four workers', 'small, to four', 'messages'],
      ['1 KB', '1 KB', 'messages'],
      ['requests, 64 in flight', 'request, 64 in flight', 'messages'],
      ['100 KB of rows', '100 KB of rows', 'messages'],
      ['100 KB of text', '100 KB of text', 'messages'],
    ],
    others: [['requests, one at a time, p50', 'request, one at a time', 'p50']],
    figures: {
      head: ['all workers to all', 'delivered', 'p99', 'lost'],
      rows: [
        ...[2, 4, 8, 16].map(
          (workers) =>
            /** @type {[string, string, ...string[]]} */ ([
              `${workers} workers, each awaits its broadcasts`,
              `${workers} workers, all to all, each awaits`,
              'delivered',
              'p99',
              'lost',
            ]),
        ),
        [
          '16 workers, each 200 messages a second',
          '16 workers, all to all, each 200',
          'delivered',
          'p99',
        ],
      ],
    },
  },
  machines: {
    title: 'Small messages from machine to machine, a second',
    better: 'more',
    names: ['Muster', ''],
    lines: [2, 4].flatMap((machines) =>
      Object.entries({
        'streams adapter': "Socket.IO's streams adapter",
        'redis adapter': "Socket.IO's Redis adapter",
        'bare xadd': 'bare XADD, same batches',
        'bare publish': 'bare PUBLISH, same batches',
      }).map(
        ([what, theirs]) =>
          /** @type {Line} */ ([
            `${machines} machines`,
            `small messages, ${machines} machines`,
            `than ${what}`,
            'Muster',
            theirs,
          ]),
      ),
    ),
    others: [
      [
        'a request to the other machine, p50',
        'small messages, 2 machines',
        '  request, p50, than a bare round trip',
        'Muster',
        'a bare round trip by PUBLISH',
      ],
    ],
    figures: {
      head: ['one machine to all others', 'messages'],
      rows: [2, 4, 8, 16].map((machines) => [
        `${machines} machines`,
        'one machine to all others',
        `${machines} machines`,
      ]),
    },
  },
  queue: {
    title: 'To add and run one job of 887 bytes',
    better: 'less',
    names: ['Muster, embedded', 'BullMQ'],
    lines: [1, 50].flatMap((concurrency) =>
      [1, 2].flatMap((workers) => {
        const label = `${workers} worker ${workers === 1 ? 'process' : 'processes'}, concurrency ${concurrency}`;
        const section = `add and run, ${label}`;
        return /** @type {Line[]} */ ([
          [label, section, 'embedded'],
          [label, section, 'on Redis', 'Muster, on Redis'],
        ]);
      }),
    ),
    others: [
      ['embedded, a job is added', 'embedded, 1000000', 'add', '1,000,000 wait', '1,000 wait'],
      [
        'embedded, a job is taken and run',
        'embedded, 1000000',
        'take and run',
        '1,000,000 wait',
        '1,000 wait',
      ],
      ['on Redis, a job is added', 'on Redis, 1000000', 'add', '1,000,000 wait', '1,000 wait'],
      [
        'on Redis, a job is taken and run',
        'on Redis, 1000000',
        'take and run',
        '1,000,000 wait',
        '1,000 wait',
      ],
    ],
    figures: {
      head: ['from `add` to the start of the job, idle', 'p50', 'p99'],
      rows: Object.entries({
        'Muster, embedded': 'embedded',
        'Muster, on Redis': 'on Redis',
        BullMQ: 'BullMQ',
      }).map(([label, what]) => [label, 'from add to the start', `${what}, p50`, `${what}, p99`]),
    },
  },
  session: {
    title: 'An express app with sessions, requests a second',
    better: 'more',
    names: ['Muster', ''],
    lines: ['nothing changes', '1 of 5 changes'].flatMap(
      (what) =>
        /** @type {Line[]} */ ([
          [
            what,
            `express, 32 connections, one worker: ${what}`,
            'embedded against MemoryStore',
            'Muster, embedded',
            'MemoryStore',
          ],
          [
            what,
            `express, 32 connections, one worker: ${what}`,
            'Redis against connect-redis',
            'Muster, on Redis',
            'connect-redis',
          ],
        ]),
    ),
  },
  adapters: {
    title: 'express with a rate limiter, requests a second',
    better: 'more',
    names: ['Muster', ''],
    lines: [
      [
        'counted in the process, or by Muster without a server',
        'express with a limiter',
        'embedded against MemoryStore',
        'Muster, embedded',
        'MemoryStore',
      ],
      [
        'counted on Redis',
        'express with a limiter',
        'redis against rate-limit-redis',
        'Muster, on Redis',
        'rate-limit-redis',
      ],
    ],
    others: [
      [
        'one hit of a limiter',
        'express-rate-limit',
        'embedded against rate-limit-redis',
        'Muster, embedded',
        'rate-limit-redis',
      ],
      [
        'one hit of a limiter',
        'express-rate-limit',
        'Redis against rate-limit-redis',
        'Muster, on Redis',
        'rate-limit-redis',
      ],
      [
        '`set` of Keyv',
        'Keyv: set',
        'embedded against @keyv/redis',
        'Muster, embedded',
        '@keyv/redis',
      ],
      [
        '`set` of Keyv',
        'Keyv: set',
        'Redis against @keyv/redis',
        'Muster, on Redis',
        '@keyv/redis',
      ],
      [
        '`get` of Keyv',
        'Keyv: get',
        'embedded against @keyv/redis',
        'Muster, embedded',
        '@keyv/redis',
      ],
      [
        '`get` of Keyv',
        'Keyv: get',
        'Redis against @keyv/redis',
        'Muster, on Redis',
        '@keyv/redis',
      ],
      [
        'Socket.IO, `emit`, to a client of each worker',
        'Socket.IO',
        'emit, to a client of each',
        'Muster',
        'cluster-adapter',
      ],
      [
        'Socket.IO, `serverSideEmit`',
        'Socket.IO',
        'serverSideEmit, without clients',
        'Muster',
        'cluster-adapter',
      ],
    ],
  },
};
