/**
 * The options of `muster start`, as data: one entry each, in the order in which `--help` shows them. A test compares this
 * table with all options of `startCluster()`, and with the guide.
 */
import {
  parseAddress,
  parseBytes,
  parseCount,
  parseDuration,
  parseDurationOrNever,
  parseHosts,
  parseMachines,
  parseMilliseconds,
  parseName,
  parseNetworks,
  parsePath,
  parseSticky,
  parseWorkers,
} from '../line/arguments.js';
import type { OptionPath } from './option-paths.js';

export interface Flag {
  /** As commander takes it: `-w, --workers <count>`. */
  readonly names: string;
  readonly group: FlagGroup;
  readonly help: string;
  /** Parses its value. A flag without it takes none. */
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Whether it may be given several times. Its value is a list then. */
  readonly repeats?: true;
  /** Its value if it takes none on the command line. */
  readonly means?: unknown;
  /** The option of `startCluster()` that it sets. If there are several, its value has a property for each. */
  readonly sets?: OptionPath | readonly OptionPath[];
  /** The options that start.ts makes from it. */
  readonly carries?: readonly OptionPath[];
}

type FlagGroup =
  | 'The cluster:'
  | 'A worker that starts:'
  | 'A worker that leaves:'
  | 'A worker that fails:'
  | 'Reloads:'
  | 'Connections:'
  | 'Output:';

export const FLAGS = [
  {
    names: '--config <file>',
    group: 'The cluster:',
    help: 'its options (default: muster.config.{ts,js,json} of this folder)',
    parse: parsePath,
  },
  {
    names: '--no-config',
    group: 'The cluster:',
    help: 'read no config',
  },
  {
    names: '--environment <name>',
    group: 'The cluster:',
    help: 'which environment of the config (default: NODE_ENV)',
    parse: parsePath,
  },
  {
    names: '-w, --workers <count>',
    group: 'The cluster:',
    help: 'how many, "auto" for one per core (the default), or 1..4: as the load asks for',
    parse: parseWorkers,
    sets: 'workers',
  },
  {
    names: '-n, --name <name>',
    group: 'The cluster:',
    help: 'what to call it (default: after its folder)',
    parse: parseName,
    carries: ['control'],
  },
  {
    names: '--cwd <folder>',
    group: 'The cluster:',
    help: 'working directory of the workers; a reload follows it where it is a link',
    parse: parsePath,
    carries: ['cwd'],
  },
  {
    names: '--env-file <file>',
    group: 'The cluster:',
    help: 'variables for the workers, read anew at each reload (repeatable)',
    parse: parsePath,
    repeats: true,
    carries: ['env', 'store.url'],
  },
  {
    names: '--start <order>',
    group: 'The cluster:',
    help: '"all" workers at once, or "one-first": the first alone (default: all)',
    choices: ['all', 'one-first'],
    sets: 'start',
  },
  {
    names: '--ready <when>',
    group: 'A worker that starts:',
    help: 'when it counts as ready (default: auto)',
    choices: ['auto', 'listening', 'ready()', 'online'],
    sets: 'ready.when',
  },
  {
    names: '--ready-timeout <duration>',
    group: 'A worker that starts:',
    help: 'for it to be ready (default: 30s)',
    parse: parseDuration,
    sets: 'ready.timeoutMs',
  },
  {
    names: '--ready-settle <duration>',
    group: 'A worker that starts:',
    help: 'of rest until one without a server is ready (default: 5s)',
    parse: parseDuration,
    sets: 'ready.settleMs',
  },
  {
    names: '--drain-timeout <duration>',
    group: 'A worker that leaves:',
    help: 'for it to finish what it accepted (default: 30s)',
    parse: parseDuration,
    sets: 'drain.timeoutMs',
  },
  {
    names: '--drain-pace <duration>',
    group: 'A worker that leaves:',
    help: 'over which it closes WebSockets and event streams (default: 5s)',
    parse: parseDuration,
    sets: 'drain.paceMs',
  },
  {
    names: '--no-drain-signal',
    group: 'A worker that leaves:',
    help: "do not call the app's own listeners for SIGTERM",
    sets: 'drain.signal',
  },
  {
    names: '--children <what>',
    group: 'A worker that leaves:',
    help: 'what it had started: "kill" it or "leave" it (default: kill)',
    choices: ['kill', 'leave'],
    sets: 'children',
  },
  {
    names: '--restart <when>',
    group: 'A worker that fails:',
    help: 'whether it is replaced where it ends by itself (default: permanent)',
    choices: ['permanent', 'transient', 'temporary'],
    sets: 'restart.type',
  },
  {
    names: '--restart-min-delay <duration>',
    group: 'A worker that fails:',
    help: 'before the first replacement; it doubles each time (default: 100ms)',
    parse: parseDuration,
    sets: 'restart.minDelayMs',
  },
  {
    names: '--restart-max-delay <duration>',
    group: 'A worker that fails:',
    help: 'the longest delay (default: 5s)',
    parse: parseDuration,
    sets: 'restart.maxDelayMs',
  },
  {
    names: '--restart-stable <duration>',
    group: 'A worker that fails:',
    help: 'of life, after which a crash counts as the first one again (default: 10s)',
    parse: parseDuration,
    sets: 'restart.stableMs',
  },
  {
    names: '--give-up',
    group: 'A worker that fails:',
    help: 'end with 70 where workers crash again and again and none serves (default: try for ever)',
    means: true,
    sets: 'restart.giveUp',
  },
  {
    names: '--max-memory <bytes>',
    group: 'A worker that fails:',
    help: 'replace one that takes more, such as 512MB or 1GiB',
    parse: parseBytes,
    sets: 'health.maxRssBytes',
  },
  {
    names: '--max-age <duration>',
    group: 'A worker that fails:',
    help: 'replace one that is older, such as 12h or 7d',
    parse: parseDurationOrNever,
    sets: 'health.maxAgeMs',
  },
  {
    names: '--hung-after <duration>',
    group: 'A worker that fails:',
    help: 'replace one whose event loop stands still for so long, or "never" (default: 30s)',
    parse: parseDurationOrNever,
    sets: 'health.hungAfterMs',
  },
  {
    names: '--watch',
    group: 'Reloads:',
    help: 'reload when code changes, here or where the server is',
    means: true,
  },
  {
    names: '--watch-ignore <glob>',
    group: 'Reloads:',
    help: 'a folder or a pattern of files that do not count as code (repeatable)',
    parse: parsePath,
    repeats: true,
  },
  {
    names: '--parallel <count>',
    group: 'Reloads:',
    help: 'how many workers are replaced at a time after the first one (default: a quarter)',
    parse: parseCount,
    sets: 'reload.parallel',
  },
  {
    names: '--watch-ms <duration>',
    group: 'Reloads:',
    help: 'how long the first new worker is watched before others follow (default: 500ms)',
    parse: parseMilliseconds,
    sets: 'reload.watchMs',
  },
  {
    names: '--machines [url]',
    group: 'Connections:',
    help: "join the bus with other machines', over this Redis (default: that of the store)",
    parse: parseMachines,
    sets: 'machines',
  },
  {
    names: '--sticky <by>',
    group: 'Connections:',
    help: 'a client stays with its worker: "ip", or "cookie:<name>"',
    parse: parseSticky,
    sets: ['sticky.by', 'sticky.name'],
  },
  {
    names: '--trusted-proxies <networks>',
    group: 'Connections:',
    help: 'whose X-Forwarded-For --sticky believes, such as 10.0.0.0/8,::1 (repeatable)',
    parse: parseNetworks,
    repeats: true,
    sets: 'sticky.trustedProxies',
  },
  {
    names: '--admin <[host:]port>',
    group: 'Connections:',
    help: 'serve /healthz, /readyz, /status and /metrics',
    parse: parseAddress,
    sets: ['admin.host', 'admin.port'],
  },
  {
    names: '--admin-hosts <names>',
    group: 'Connections:',
    help: 'names that --admin answers to, besides localhost and addresses (repeatable)',
    parse: parseHosts,
    repeats: true,
    sets: 'admin.allowedHosts',
  },
  {
    names: '--console',
    group: 'Connections:',
    help: 'serve the console on the port of --admin (default: on 127.0.0.1, 9999 or a free one)',
    means: true,
    sets: 'admin.console',
  },
  {
    names: '--console-read-only',
    group: 'Connections:',
    help: 'the same, and nobody can change anything from it',
    means: true,
  },
  {
    names: '--prefix-logs',
    group: 'Output:',
    help: 'begin each line that a worker prints with its slot',
    sets: 'logs.prefix',
  },
  {
    names: '--no-keep-logs',
    group: 'Output:',
    help: 'do not keep what workers print on stdout for `muster logs`: it is theirs alone',
    sets: 'logs.keep',
  },
  {
    names: '--log-dir <folder>',
    group: 'Output:',
    help: 'also write what workers print to a file in it, which is rotated',
    parse: parsePath,
    carries: ['logs.dir'],
  },
  {
    names: '--log-max-size <bytes>',
    group: 'Output:',
    help: 'after which that file is rotated (default: 10MiB)',
    parse: parseBytes,
    sets: 'logs.maxBytes',
  },
  {
    names: '--log-max-age <duration>',
    group: 'Output:',
    help: 'after which it is rotated, or "never" (default: 1d)',
    parse: parseDurationOrNever,
    sets: 'logs.maxAgeMs',
  },
  {
    names: '--log-max-files <count>',
    group: 'Output:',
    help: 'how many rotated files are kept (default: 10)',
    parse: parseCount,
    sets: 'logs.maxFiles',
  },
  {
    names: '--json-logs',
    group: 'Output:',
    help: 'log what happens to the cluster as lines of JSON, on stderr',
    means: true,
    carries: ['logger'],
  },
] as const satisfies readonly Flag[];
