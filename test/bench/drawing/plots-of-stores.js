// What is shown of the benches of the store, and of what stands on it.
// @ts-check

/** @typedef {import('./plots.js').Line} Line */
/** @typedef {import('./plots.js').Row} Row */

/** @type {import('./plots.js').Plots} */
export const plots = {
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
      ...['values as above', 'values of 100 bytes'].map(
        (values) =>
          /** @type {Line} */ ([
            `random \`get\`, ${values.replace('as above', 'of 887 bytes')}`,
            '1,000,000 keys',
            `random get against 1,000 keys, ${values}`,
            '1,000,000 keys',
            '1,000 keys',
          ]),
      ),
    ],
  },
  'store-redis': {
    title: 'A call to Redis, with 64 in flight',
    better: 'less',
    names: ['Muster on Redis', 'ioredis, auto-pipelining'],
    lines: ['get', 'set', 'increment'].map((call) => [
      call,
      `${call}, values`,
      'Redis engine, codec included, against ioredis with auto-pipelining and JSON',
    ]),
  },
  'store-locks': {
    title: 'To take a lock and release it, nobody else wants it',
    better: 'less',
    names: ['Muster, embedded', 'SET NX and a script, ioredis'],
    lines: [
      ['lock and release', 'lock and release', 'embedded'],
      ['lock and release', 'lock and release', 'Redis engine', 'Muster, on Redis'],
    ],
    others: ['embedded', 'redis'].flatMap((engine) =>
      ['a hit', 'a hit with two tags'].map(
        (what) =>
          /** @type {Line} */ ([
            `${what} of a cache, ${engine === 'redis' ? 'on Redis' : engine}`,
            `a hit of a cache against get(), ${engine}`,
            what,
            '`cache`',
            '`get`',
          ]),
      ),
    ),
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
    figures: {
      head: [
        'Redis commands for a request',
        'Muster',
        'with those within scripts',
        'connect-redis',
      ],
      rows: ['nothing changes', '1 of 5 changes'].map((what) => [
        what,
        `express, 32 connections, one worker: ${what}`,
        'Redis commands sent for a request, ours',
        'the same with those within scripts, ours',
        'Redis commands sent for a request, connect-redis',
      ]),
    },
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
