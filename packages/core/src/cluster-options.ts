/**
 * The options of `startCluster()`. The options of a role may also be given for the whole cluster, and are then the defaults
 * of every role. Everything is checked before anything is forked (`MUSTER_INVALID_OPTION`): unknown names
 * and `null` are refused; an option that is `undefined` has its default.
 */
import type { MachinesOptions } from '@muster/machines';
import type { ClusterExtension } from './cluster-extension.js';
import type { Hooks } from './hooks.js';
import type { WorkerIdentity } from './worker-status.js';

/** What runs in every worker: a function, or a module (a path relative to the working directory, or a URL). */
export type WorkerCode = (() => unknown) | string | URL;

/** Variables by name. */
export type Environment = Record<string, string> | (() => Record<string, string>);

/** What may differ from role to role. */
export interface RoleOptions {
  /** Required, here or for the cluster. A function runs the primary's main module again in each worker. */
  worker?: WorkerCode | undefined;
  /**
   * How many workers, up to 1,024. `'auto'`: one for each processor that the process may use, within the limits of its
   * cgroup. With a range, the number follows the load.
   */
  workers?: number | 'auto' | WorkerRange | undefined;
  /**
   * The working directory of the workers. Default: the primary's. With a path through a symbolic link (`current`), new
   * workers run where the link leads at the moment of a start, a reload or a scale.
   */
  cwd?: string | undefined;
  /**
   * Environment variables, on top of the primary's own; a role's come on top of the cluster's. A function is called at the
   * start, at each reload and when slots are added; a worker that replaces a crashed one gets the same variables. If the
   * function throws or returns a promise, the start fails, or the reload does before anything is replaced
   * (`MUSTER_ENVIRONMENT`).
   */
  env?: Environment | undefined;
  /**
   * Node's own arguments (`--import tsx`, `--enable-source-maps`, `--inspect`). Default: those of the primary, without code
   * given on its command line (`--eval`). With `--inspect[=port]` each slot has its own port: that port + 1 + slot.
   */
  execArgv?: readonly string[] | ((worker: WorkerIdentity) => readonly string[]) | undefined;
  /** The arguments in `process.argv`, from the third on. Default: those of the primary. */
  args?: readonly string[] | undefined;
  ready?: ReadyWhen | ReadyOptions | undefined;
  drain?: DrainOptions | undefined;
  restart?: RestartOptions | undefined;
  health?: HealthOptions | undefined;
  /**
   * What happens to processes that a worker started and that outlive it: `'kill'` (the default) ends them, detached ones as
   * well, with SIGTERM first and SIGKILL after 2 seconds; `'leave'` leaves them running.
   */
  children?: 'kill' | 'leave' | undefined;
}

/**
 * A number of workers that follows the load of the role, measured as the share of the time in which event loops are busy.
 * `scale()` still sets the number, within the range or to 0; from there it follows the load again, unless it is 0.
 */
export interface WorkerRange {
  /** How many there are at the start, and at the least; 1 or more. */
  min: number;
  /**
   * How many at the most. `'auto'`: one for each processor that the process may use, and no fewer than `min`. The memory for
   * all of them has to be there.
   */
  max: number | 'auto';
  /** Workers are added when those of the role are busier than this on average; above `downAt` and below 1. Default: 0.7. */
  upAt?: number | undefined;
  /**
   * One is removed when those that stay would be no busier than this; above 0. Default: 0.4, or 0.6 of `upAt` if
   * that is less.
   */
  downAt?: number | undefined;
  /**
   * Milliseconds over which the load is measured, and between two steps up; at least 250. Default: 10,000, or `downAfterMs` if
   * that is shorter.
   */
  upAfterMs?: number | undefined;
  /**
   * Milliseconds for which fewer workers have to be enough before one is removed; no shorter than `upAfterMs`. Default:
   * 120,000, or `upAfterMs` if that is longer.
   */
  downAfterMs?: number | undefined;
}

export interface ClusterOptions extends RoleOptions {
  /** Without it there is one role, `'worker'`. Slots are numbered across all roles, in the order of the roles. */
  roles?: Record<string, RoleOptions> | undefined;
  /** What `createSharedStore()` without options opens, here and in the workers. Default: see `@muster/store`. */
  store?: StoreWiring | undefined;
  /**
   * Joins the bus with those of other machines, over Redis: `true`, or what is not as it is by default. Default:
   * `MUSTER_MACHINES` in the environment, a Redis URL or `true`; without it, or with `false`, none. A URL there is also the
   * default of `url`.
   */
  machines?: boolean | MachinesOptions | undefined;
  reload?: ReloadPolicyOptions | undefined;
  /** The admin endpoint. Default: none. */
  admin?: AdminOptions | undefined;
  /**
   * The control socket that the `muster` command connects to. Default: one in the runtime directory, named after the
   * working directory; if there is no safe directory, the log says so and the cluster runs without. `false`: none.
   */
  control?: ControlOptions | string | false | undefined;
  /** Which worker gets a connection. Default: each in turn. */
  sticky?: StickyOptions | undefined;
  /**
   * `'one-first'`: the first worker of each role starts alone, one role after the other, and the others follow when all of
   * these are ready. What only one may do at a time, such as a migration, is then done, and what fails, fails once. Default:
   * `'all'`, at the same time.
   */
  start?: 'all' | 'one-first' | undefined;
  /**
   * What becomes of what workers print. `'inherit'` (the default): their stdout is the primary's own, and `muster logs` has
   * their stderr alone. `'keep'`, the default of `muster start`: both pass through the primary, which keeps the last of it for
   * `muster logs`. `'prefix'`: the same, and each line begins with its slot.
   */
  logs?: 'inherit' | 'keep' | 'prefix' | LogOptions | undefined;
  /** Gets one structured line for each thing that happens to the cluster. Default: `console`. */
  logger?: Logger | undefined;
  hooks?: Hooks | undefined;
  /** Parts of the primary of your own, in the order in which they are called: cluster-extension.ts. */
  extensions?: readonly ClusterExtension[] | undefined;
}

export interface LogOptions {
  /** Whether stdout passes through the primary, as stderr does in any case. Default: `true`. */
  keep?: boolean | undefined;
  /** Whether each line begins with its slot. Default: `false`. */
  prefix?: boolean | undefined;
  /**
   * A folder in which what workers print is also written to a file, which is rotated: `<name of the cluster>.log`, then
   * `.log.1`, `.log.2`, … It is made if it does not exist, and nobody else may be able to write to it. Default: none.
   */
  dir?: string | undefined;
  /** Bytes after which the file is rotated; at least 1,024. Default: 10 MiB. */
  maxBytes?: number | undefined;
  /**
   * Milliseconds after which it is rotated, counted from midnight: whole days, or a whole part of a day or an hour. 0: never.
   * Default: 86,400,000, a day.
   */
  maxAgeMs?: number | undefined;
  /** How many rotated files are kept. Default: 10. */
  maxFiles?: number | undefined;
}

/** A string in its place is the path of the socket; if the cluster cannot have that path, it does not start. */
export interface ControlOptions {
  /**
   * The name of the cluster: 1 to 40 letters, digits, ".", "_" and "-". A cluster does not start if another one has its name.
   */
  name: string;
}

export interface StoreWiring {
  /** `redis://…`, `rediss://…` or `lmdb:path`. */
  url: string;
}

/**
 * When a worker counts as ready.
 *
 * - `'auto'` (the default): its code has run (a promise that it returned has settled), and every server on which it called
 *   `listen()` listens. A worker without a server is ready when it only waits for messages, or has come to rest
 *   (`settleMs`); one with nothing left to do exits. If its predecessor in the slot listened, it has to listen too.
 * - `'listening'`: one of its servers listens, whatever its code still does. A UDP socket that the app has bound to a port
 *   of its choice counts.
 * - `'ready()'`: it called `ready()`.
 * - `'online'`: its process runs, before its code does.
 */
export type ReadyWhen = 'auto' | 'listening' | 'ready()' | 'online';

export interface ReadyOptions {
  /** Default: `'auto'`. */
  when?: ReadyWhen | undefined;
  /** Milliseconds after the fork at which a worker that is not ready is killed; above 0. Default: 30,000. */
  timeoutMs?: number | undefined;
  /**
   * Milliseconds of rest after which a worker without a server is ready: its event loop is less than half busy, and no
   * connection is being opened. It applies with `'auto'`, to a slot in which no worker has run before and whose workers are
   * always replaced (`restart.type`), and lasts at most half of `timeoutMs`. 0: such a worker is ready at once. Default:
   * 5,000.
   */
  settleMs?: number | undefined;
}

export interface DrainOptions {
  /**
   * Milliseconds after the start of a drain at which a worker that still runs is killed. Default: 30,000, or `paceMs` if
   * that is longer.
   */
  timeoutMs?: number | undefined;
  /**
   * Whether each drain calls the app's own listeners for SIGTERM once, as if the signal had arrived, when all requests are
   * answered and no more can come. If the app has none, those for SIGINT. Default: `true`.
   */
  signal?: boolean | undefined;
  /**
   * Milliseconds, at most, over which a worker spreads the closing of its WebSockets and event streams, so that their
   * clients do not all reconnect at once. It closes one every 10 ms if that is fast enough. Default: 5,000, or `timeoutMs`
   * if that is shorter. It cannot be longer than a given `timeoutMs`.
   */
  paceMs?: number | undefined;
}

/**
 * What follows when a worker exits without being asked to. The names are those of Erlang's supervisors.
 *
 * - `'permanent'` (the default): it is replaced, however it exited.
 * - `'transient'`: it is replaced unless it exited with 0.
 * - `'temporary'`: it is never replaced.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

export interface RestartOptions {
  /** Default: `'permanent'`. */
  type?: RestartType | undefined;
  /**
   * Milliseconds before a worker that exited early (`stableMs`) is replaced; the delay doubles with each in a row. Default:
   * 100, or `maxDelayMs` if that is shorter. It cannot be longer than a given `maxDelayMs`.
   */
  minDelayMs?: number | undefined;
  /** The longest delay in milliseconds. Default: 5,000, or `minDelayMs` if that is longer. */
  maxDelayMs?: number | undefined;
  /**
   * Milliseconds that a worker has to live once it is ready. One that crashes later is replaced at once, and the delay
   * starts over. Default: 10,000.
   */
  stableMs?: number | undefined;
  /**
   * Whether a role whose workers crash again and again is given up: the role stops, and if no role is left, the process
   * exits with 70. Only early crashes count, and only while no worker of the role serves: a healthy worker is never ended
   * because others crash. `true` is `{}`. Default: `false`, which retries for ever, `maxDelayMs` apart.
   */
  giveUp?: boolean | GiveUpOptions | undefined;
}

export interface GiveUpOptions {
  /** How many early crashes of one slot within `windowMs`. Default: 10. */
  maxCrashes?: number | undefined;
  /** Milliseconds. Default: 60,000. */
  windowMs?: number | undefined;
}

export interface ReloadPolicyOptions {
  /**
   * Milliseconds for which the first new worker of a reload is watched once it is ready, while its predecessor still
   * serves: the first half without connections, the second half with them. A new worker that exits within this time aborts
   * the reload. Default: 500.
   */
  watchMs?: number | undefined;
  /**
   * How many workers are replaced at a time after the first one. Default: a quarter of the role's workers, at least 1. The
   * next ones follow while these drain, as far as memory allows.
   */
  parallel?: number | undefined;
}

export interface HealthOptions {
  /**
   * Milliseconds without a turn of the event loop after which a ready worker counts as hung: its stack is logged, and it is
   * replaced and killed; at least 100. 0: never. Default: 30,000.
   */
  hungAfterMs?: number | undefined;
  /**
   * Bytes of resident memory over which a worker is replaced, replacement first; at least 16 MiB. 0 (the default): no
   * limit.
   */
  maxRssBytes?: number | undefined;
  /** Milliseconds after which a worker is replaced, replacement first, spread over the workers. 0 (default): never. */
  maxAgeMs?: number | undefined;
}

export interface AdminOptions {
  /** 0 takes a free one. */
  port: number;
  /** Default: `'127.0.0.1'`. */
  host?: string | undefined;
  /**
   * Names in the Host header that are answered, besides `host`, `localhost` and IP addresses: `'shop.internal'`, or
   * `'.internal'` for every name below it. Default: none. Requests for other names get a 421, because a web page can make
   * its own name resolve to this machine.
   */
  allowedHosts?: readonly string[] | undefined;
  /** The share of workers, above 0 and up to 1, that must be ready for `/readyz` to answer 200. Default: 0.5. */
  readyQuorum?: number | undefined;
  /**
   * The console: a page that shows what the cluster does, and reloads, scales, restarts and stops it, for whoever has its token
   * (`muster console` prints it). It needs the package `@muster/console`. `true` is `{}`. Default: `false`.
   */
  console?: boolean | ConsoleOptions | undefined;
}

export interface ConsoleOptions {
  /** Whether the page can only look. Default: `false`. */
  readOnly?: boolean | undefined;
  /**
   * Says that the console may be reached from other machines, which an `admin.host` that is not loopback needs. Its token and what
   * it shows travel over plain HTTP: put TLS in front of it. Default: `false`.
   */
  remote?: boolean | undefined;
}

/**
 * `'ip'`: by the client's address. `'cookie'`: by the value of the cookie `name`, and by address if there is no such
 * cookie.
 */
export type StickyOptions = ({ by: 'ip'; name?: never } | { by: 'cookie'; name: string }) & {
  /** Addresses or networks (`10.0.0.0/8`) that may name the client in `X-Forwarded-For`. Default: none. */
  trustedProxies?: readonly string[] | undefined;
};

/** What happened, as fields for programs. `event` is its name, such as `worker.exit`. */
export type LogFields = Readonly<Record<string, unknown> & { event: string }>;

/**
 * Shaped like pino's. `console` fits as well: it gets one line of text instead of the fields. If a logger throws or its
 * promise rejects, the line goes to stderr.
 */
export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
