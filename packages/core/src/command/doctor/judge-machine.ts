// Node, the variables of the environment, the limits of the system, processors and memory: pure functions of facts.
import { unknownVariables } from '../../checks/unknown-variables.js';
import { bytes } from '../view/units.js';
import type { AppFacts, Facts, LimitFacts, MachineFacts, NodeFacts } from './facts.js';
import { type Finding, findings } from './finding.js';

/** The first version that Muster runs on. */
const LEAST = [20, 19] as const;

/** When a line gets no more fixes of security holes (https://github.com/nodejs/release#release-schedule). */
const ENDS: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
};

export function judgeVariables(environment: NodeJS.ProcessEnv): Finding[] {
  return unknownVariables(environment).map((says) => ({
    level: 'warning',
    about: 'environment',
    says,
    advice: 'correct it, or remove it',
  }));
}

export function judgeNode(node: NodeFacts): Finding[] {
  const [major = 0, minor = 0] = node.version.slice(1).split('.').map(Number);
  const isOld = major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1]);
  const end = ENDS[major];
  const hasEnded = !isOld && end !== undefined && Date.parse(end) < node.now;
  const other = node.musterHere !== undefined && node.musterHere !== node.muster;
  return findings('node', `Node ${node.version}, muster ${node.muster}`, [
    isOld && [
      'error',
      `Node ${node.version} is older than ${LEAST.join('.')}, the first that Muster runs on`,
      'install Node 22 or 24',
    ],
    hasEnded && [
      'warning',
      `Node ${node.version} has had no security fixes since ${end}`,
      'install Node 22 or 24',
    ],
    node.platform === 'win32' && [
      'error',
      'Windows has no control sockets that only their owner can use',
      'run it on Linux or macOS, or in WSL',
    ],
    /(^|\s)--inspect(-brk|-wait)?(=|\s|$)/.test(node.options) && [
      'warning',
      'NODE_OPTIONS opens a debug port in each process, and whoever reaches it can run code',
      'unset it where the app serves users',
    ],
    other && [
      'warning',
      `the command is ${node.muster}, and the app has @muster/core ${node.musterHere}`,
      'use the command of the app: npx @muster/core',
    ],
    node.now < Date.parse('2025-01-01') && [
      'error',
      `the clock says ${new Date(node.now).toISOString()}`,
      'set it: certificates, cookies and leases are judged by it',
    ],
  ]);
}

/** Descriptors: each connection is one, and files, libraries and pipes are some more. */
const FILES = 4_096;
/** What a process of Node starts: its own threads, V8's, libuv's, and those of the store. */
const THREADS = 24;
/** What Node asks for by default. */
const BACKLOG = 511;

export function judgeLimits(limits: LimitFacts, apps: readonly AppFacts[]): Finding[] {
  const { files, processes, backlog } = limits;
  const threads = (Math.max(...apps.map(({ workers }) => workers)) + 2) * THREADS;
  return findings('limits', `${countOf(files)} open files, ${countOf(processes)} processes`, [
    files !== undefined &&
      files < FILES && [
        'warning',
        `a process may have ${files} files and connections open`,
        'raise it: LimitNOFILE=65536 in the unit, --ulimit nofile=65536 for a container, or ulimit -n',
      ],
    processes !== undefined &&
      processes < threads && [
        'warning',
        `this user may have ${processes} processes and threads, and the workers need about ${threads}`,
        'raise it: LimitNPROC in the unit, or ulimit -u',
      ],
    backlog !== undefined &&
      backlog < BACKLOG && [
        'warning',
        `the kernel keeps ${backlog} new connections until they are accepted, and turns others away`,
        `raise it: sysctl net.core.somaxconn=${BACKLOG * 2 + 2}`,
      ],
  ]);
}

const countOf = (limit: number | undefined) =>
  limit === undefined ? '?' : limit === Number.POSITIVE_INFINITY ? 'any number of' : String(limit);

export function judgeProcessors(
  { cores, quota }: MachineFacts,
  apps: Facts['config']['apps'],
): Finding[] {
  const granted = Math.max(1, Math.min(cores, Math.round(quota)));
  const limited = quota < cores ? `, of which the cgroup grants ${Number(quota.toFixed(2))}` : '';
  return findings(
    'processors',
    `${counted(cores, 'core')}${limited}`,
    apps.map(
      ({ name, workers }) =>
        workers > granted && [
          'warning',
          `${name === undefined ? '' : `${name}: `}${counted(workers, 'worker')} share ${counted(granted, 'core')}${limited === '' ? '' : ' (the limit of the cgroup)'}`,
          'give it fewer, or workers: "auto"',
        ],
    ),
  );
}

/** What a worker of Node takes, at least. */
const LEAST_BYTES = 64 * 2 ** 20;

export function judgeMemory({ memoryBytes }: MachineFacts, apps: readonly AppFacts[]): Finding[] {
  return findings(
    'memory',
    `${bytes(memoryBytes)} for ${counted(
      apps.reduce((sum, { workers }) => sum + workers, 0),
      'worker',
    )}`,
    apps.flatMap(({ name, workers, maxRssBytes }) => {
      const who = name === undefined ? '' : `${name}: `;
      // A replacement starts before its predecessor ends.
      const most = (workers + 1) * maxRssBytes;
      return [
        memoryBytes < (workers + 1) * LEAST_BYTES &&
          ([
            'warning',
            `${who}${bytes(memoryBytes)} is little for ${counted(workers, 'worker')} and the primary`,
            'give it more memory, or fewer workers',
          ] as const),
        most > memoryBytes &&
          ([
            'warning',
            `${who}${counted(workers, 'worker')} of ${bytes(maxRssBytes)} (health.maxRssBytes) and one that replaces another are more than ${bytes(memoryBytes)}: the kernel would kill first`,
            'lower maxRssBytes, or the workers',
          ] as const),
      ];
    }),
  );
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
