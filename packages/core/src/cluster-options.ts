/**
 * What `startCluster()` takes. The options of a role may also be given for the whole cluster: a role then has what it
 * does not say itself from there. Everything is checked before anything is forked (`MUSTER_INVALID_OPTION`): unknown names
 * and `null` are refused; an option that is `undefined` has its default.
 */
import type { ClusterExtension } from './cluster-extension.js';
import type { Hooks } from './hooks.js';
import type { WorkerIdentity } from './worker-status.js';

/** What runs in every worker: a function, or a module (a path relative to the working directory, or a URL). */
export type WorkerCode = (() => unknown) | string | URL;

/** Names and values. */
export type Environment = Record<string, string> | (() => Record<string, string>);

/** What may differ from role to role. */
export interface RoleOptions {
  /** Required, here or for the cluster. A function runs the primary's main module again in each worker. */
  worker?: WorkerCode;
  /** How many workers, up to 1,024. `'auto'`: as many as the process may use processors, limits of its cgroup respected. */
  workers?: number | 'auto';
  /**
   * The working directory of the workers. Default: the primary's. A path through a symbolic link (`current`) leads new
   * workers to where the link leads at the moment of a start, a reload or a scale.
   */
  cwd?: string;
  /**
   * Environment variables, on top of the primary's own; a role's come on top of the cluster's. A function is asked at
   * the start, at each reload and when slots are added; a worker that follows a crash has what the one before it had.
   * Where the function throws or returns a promise, that ends the start, or the reload before anything is replaced
   * (`MUSTER_ENVIRONMENT`).
   */
  env?: Environment;
  /**
   * Node's own arguments (`--import tsx`, `--enable-source-maps`, `--inspect`). Default: those of the primary, without
   * code of its command line. With `--inspect[=port]` each slot gets a port of its own: that port + 1 + slot.
   */
  execArgv?: readonly string[] | ((worker: WorkerIdentity) => readonly string[]);
  /** The arguments in `process.argv` from the third on. Default: those of the primary. */
  args?: readonly string[];
  ready?: ReadyWhen | ReadyOptions;
  drain?: DrainOptions;
  restart?: RestartOptions;
  health?: HealthOptions;
  /**
   * What becomes of processes that a worker had started and that outlive it: `'kill'` (the default) ends them, SIGTERM first
   * and SIGKILL after 2 seconds, detached ones as well; `'leave'` leaves them.
   */
  children?: 'kill' | 'leave';
}

export interface ClusterOptions extends RoleOptions {
  /** Without it there is one role, `'worker'`. Slots are counted through, in the order of the roles. */
  roles?: Record<string, RoleOptions>;
  /** What `createSharedStore()` without options opens, here and in the workers. Default: see `@muster/store`. */
  store?: StoreWiring;
  reload?: ReloadPolicyOptions;
  /** The admin endpoint. Default: none. */
  admin?: AdminOptions;
  /**
   * The control socket that the `muster` command talks to. Default: one in the runtime directory, named after the working
   * directory; where no safe directory can be had, the log says so, and the cluster does without. `false`: none.
   */
  control?: ControlOptions | string | false;
  /** Which worker gets a connection. Default: each in turn. */
  sticky?: StickyOptions;
  /** `'inherit'` (the default): workers print as the primary does. `'prefix'`: each line begins with its slot. */
  logs?: 'inherit' | 'prefix';
  /** Told, with one structured line each, of what happens to the cluster. Default: `console`. */
  logger?: Logger;
  hooks?: Hooks;
  /** Parts of the primary of your own, in the order in which they are called: cluster-extension.ts. */
  extensions?: readonly ClusterExtension[];
}

/** Instead of it, a text is the path of the socket; a cluster that cannot have it does not start. */
export interface ControlOptions {
  /**
   * What the cluster is called: 1 to 40 letters, digits, ".", "_" and "-". A cluster whose name another one has does not
   * start.
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
 * - `'auto'` (the default): its code has run (a promise that it returns has settled), and every server that it told to
 *   listen does. Where it has none: when it waits for messages alone, or has come to rest (`settleMs`); one
 *   with nothing left to do ends. Where the
 *   worker before it in its slot listened, it does too.
 * - `'listening'`: a server of it listens, whatever its code still does. A UDP socket that is bound to a port of the app's
 *   choice counts.
 * - `'ready()'`: it called `ready()`.
 * - `'online'`: its process runs, before its code does.
 */
export type ReadyWhen = 'auto' | 'listening' | 'ready()' | 'online';

export interface ReadyOptions {
  /** Default: `'auto'`. */
  when?: ReadyWhen;
  /** Milliseconds from the fork until a worker that is not ready is killed; above 0. Default: 30,000. */
  timeoutMs?: number;
  /**
   * With `'auto'`, where no worker of the slot has run before, and it is always replaced (`restart.type`): milliseconds of rest (its event loop is less than half
   * busy, and no connection is being opened) after which a worker without a server is ready. It is waited for no longer
   * than half of `timeoutMs`. 0: not at all. Default: 5,000.
   */
  settleMs?: number;
}

export interface DrainOptions {
  /**
   * Milliseconds from the start of a drain until a worker that still runs is killed. Default: 30,000, or `paceMs` where
   * that is longer.
   */
  timeoutMs?: number;
  /**
   * Whether the app's own listeners for SIGTERM are called, once, in each drain: as if the signal had come, when requests
   * are answered and no more can come. Where it has none, those for SIGINT. Default: `true`.
   */
  signal?: boolean;
  /**
   * Milliseconds, at most, over which a worker spreads the closes of its WebSockets and event streams, so that their
   * clients do not all come back at once. It closes no more than one every 10 ms where that is fast enough.
   * Default: 5,000, or `timeoutMs` where that is shorter. It cannot be longer than a `timeoutMs` that is given.
   */
  paceMs?: number;
}

/**
 * What follows when a worker ends unasked. The names are those of Erlang's supervisors.
 *
 * - `'permanent'` (the default): it is replaced, however it ended.
 * - `'transient'`: it is replaced unless it exited with 0.
 * - `'temporary'`: it is never replaced.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

export interface RestartOptions {
  /** Default: `'permanent'`. */
  type?: RestartType;
  /**
   * Milliseconds before the replacement of a worker that died young; it doubles with each in a row. Default: 100, or
   * `maxDelayMs` where that is shorter. It cannot be longer than a `maxDelayMs` that is given.
   */
  minDelayMs?: number;
  /** Milliseconds, the longest delay. Default: 5,000, or `minDelayMs` where that is longer. */
  maxDelayMs?: number;
  /**
   * Milliseconds for which a worker has to live once it is ready; who crashes later is replaced at once, and the delay
   * begins anew. Default: 10,000.
   */
  stableMs?: number;
  /**
   * Whether a role whose workers crash again and again is given up: it is stopped, and where no role is left, the process
   * exits with 70. Only young crashes count, and only while nothing of the role serves: no healthy worker is ever ended for
   * the crashes of others. `true` is `{}`. Default: `false`, which tries again for ever, `maxDelayMs` apart.
   */
  giveUp?: boolean | GiveUpOptions;
}

export interface GiveUpOptions {
  /** How many young crashes of one slot within `windowMs`. Default: 10. */
  maxCrashes?: number;
  /** Milliseconds. Default: 60,000. */
  windowMs?: number;
}

export interface ReloadPolicyOptions {
  /**
   * Milliseconds for which the first new worker of a reload is watched once it is ready, while its predecessor still
   * serves: half of them without connections, then half with them. A new worker that ends this young aborts the reload.
   * Default: 500.
   */
  watchMs?: number;
  /**
   * How many workers are replaced at a time after the first one. Default: a quarter of the role's, at least 1. While they
   * drain, the next ones follow, as memory allows.
   */
  parallel?: number;
}

export interface HealthOptions {
  /**
   * Milliseconds without a turn of its event loop until a ready worker counts as hung: its stack is logged, and it is
   * replaced and killed; at least 100. 0: never. Default: 30,000.
   */
  hungAfterMs?: number;
  /**
   * Bytes of resident memory over which a worker is replaced, replacement first; at least 16 MiB. 0 (the default): no
   * limit.
   */
  maxRssBytes?: number;
  /** Milliseconds after which a worker is replaced, replacement first, spread over the workers. 0 (default): never. */
  maxAgeMs?: number;
}

export interface AdminOptions {
  /** 0 takes a free one. */
  port: number;
  /** Default: `'127.0.0.1'`. */
  host?: string;
  /**
   * Names in the Host header that are answered, on top of `host`, of `localhost` and of addresses: `'shop.internal'`, or
   * `'.internal'` for all names below one. Default: none. Others get a 421, as a page in a browser may have its own name
   * resolve to this machine.
   */
  allowedHosts?: readonly string[];
  /** The share of workers that have to be ready for `/readyz` to say so, above 0 and up to 1. Default: 0.5. */
  readyQuorum?: number;
}

/** `'ip'`: by the client's address. `'cookie'`: by the value of the cookie `name`, and by address without it. */
export type StickyOptions = ({ by: 'ip'; name?: never } | { by: 'cookie'; name: string }) & {
  /** Addresses or networks (`10.0.0.0/8`) that may name the client in `X-Forwarded-For`. Default: none. */
  trustedProxies?: readonly string[];
};

/** What happened, for machines. `event` is its name, such as `worker.exit`. */
export type LogFields = Readonly<Record<string, unknown> & { event: string }>;

/**
 * Shaped like pino's. `console` fits, too: it gets one line of text instead of the fields. What a logger cannot take,
 * because it throws or its promise rejects, goes to stderr.
 */
export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
