// What is shown of the benches of clusters and of messages in them.
// @ts-check

/** @typedef {import('./plots.js').Line} Line */
/** @typedef {import('./plots.js').Row} Row */

const BARE = 'bare node:cluster';

/** @type {import('./plots.js').Plots} */
export const plots = {
  core: {
    title: 'A start of four workers, until all are ready',
    better: 'less',
    names: ['Muster', BARE],
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
      ['the same, bare against bare', '2 workers, 32', 'requests, bare against bare', BARE, BARE],
      ['p50 at a fixed rate, an open loop', 'The same at', 'p50'],
      ['p99 at a fixed rate, an open loop', 'The same at', 'p99'],
      ['the same, bare against bare', 'The same at', 'p99, bare against bare', BARE, BARE],
    ],
    figures: {
      head: ['4 workers, a start', ''],
      rows: [
        ...Object.entries({ '@muster/core/cluster': 'lean', '@muster/core': 'whole' }).map(
          ([imported, kind]) =>
            /** @type {Row} */ ([
              `from the start of Node itself to all ready, \`${imported}\``,
              '4 workers, a start',
              `and with the start of the primary itself, ${kind}`,
            ]),
        ),
        [
          'the same, bare node:cluster',
          '4 workers, a start',
          'and with the start of the primary itself, bare',
        ],
        [
          'memory of the primary over a bare one (RSS)',
          '4 workers, a start',
          'RSS over a bare primary',
        ],
      ],
    },
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
            /** @type {Row} */ ([
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
};
