// The roles of a cluster. Each option is that of the role, else that of the cluster, else the default.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Complete } from '@muster/codec/options';
import { collectFaults, fault, tried } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type {
  ClusterOptions,
  Environment,
  GiveUpOptions,
  HealthOptions,
  ReadyOptions,
  ReadyWhen,
  RoleOptions,
} from '../../cluster-options.js';
import type { WorkerIdentity } from '../../worker-status.js';
import type { GiveUp, RestartPolicy } from '../restart/restart-policy.js';
import { type CodePath, codePath, withoutCode } from './worker-code.js';
import { type WorkerCount, workerCount } from './worker-range.js';

export interface ResolvedRole extends WorkerCount {
  readonly role: string;
  readonly code: CodePath;
  readonly cwd: string | undefined;
  /** Called for each release. @throws what the app's function throws */
  env(): Readonly<Record<string, string>>;
  readonly args: readonly string[];
  execArgv(worker: WorkerIdentity): readonly string[];
  readonly ready: Complete<ReadyOptions>;
  readonly drainTimeoutMs: number;
  readonly drainPaceMs: number;
  /** Whether a drain calls the app's own listeners for SIGTERM. */
  readonly drainSignal: boolean;
  readonly restart: RestartPolicy;
  readonly health: Complete<HealthOptions>;
  readonly children: 'kill' | 'leave';
}

export const OF_ROLES: readonly (keyof RoleOptions)[] = [
  'worker',
  'workers',
  'cwd',
  'env',
  'execArgv',
  'args',
  'ready',
  'drain',
  'restart',
  'health',
  'children',
];
export const OF_CLUSTERS: readonly (keyof ClusterOptions)[] = [
  ...OF_ROLES,
  'roles',
  'store',
  'reload',
  'machines',
  'admin',
  'control',
  'sticky',
  'start',
  'logs',
  'logger',
  'hooks',
  'extensions',
];
const NO_CODE: CodePath = { kind: 'module', path: '', entry: '' };
const RESTART = ['type', 'minDelayMs', 'maxDelayMs', 'stableMs', 'giveUp'] as const;

export function resolveRoles(options: ClusterOptions): ResolvedRole[] {
  check.objectOf('startCluster()', options, OF_CLUSTERS);
  check.objectOf('restart', options.restart, RESTART);
  if (options.roles === undefined) return [resolveRole('worker', '', options, {})];
  if (!check.isObject('roles', options.roles, 'an object of roles')) return [];
  const { roles } = options;
  const names = Object.keys(roles);
  if (names.length === 0) fault('roles: it has no role.', names);
  // What is wrong for the cluster is wrong in each role that has no option of its own, and said once.
  const common = collectFaults(() => resolveRole('', '', options, {})).faults;
  return names.map((role) => {
    // Not a number either: that would be a slot.
    if (role === '' || role === 'primary' || /^\d+$/.test(role)) {
      fault(`roles: ${check.shown(role)} cannot be the name of a role.`, role);
    }
    const isGiven = check.isObject(`roles.${role}`, roles[role], 'an object');
    const own = check.withoutNull(`roles.${role}.`, (isGiven && roles[role]) || {});
    const { restart } = check.objectOf(`roles.${role}`, own, OF_ROLES);
    check.objectOf(`roles.${role}.restart`, restart, RESTART);
    const at = `roles.${role}.`;
    const { faults, value } = collectFaults(() => resolveRole(role, at, options, own));
    for (const one of faults) {
      const ofCluster = one.startsWith(at) ? one.slice(at.length) : one;
      fault(common.includes(ofCluster) ? ofCluster : one, one);
    }
    return value as ResolvedRole;
  });
}

function resolveRole(
  role: string,
  at: string,
  all: ClusterOptions,
  own: RoleOptions,
): ResolvedRole {
  const execArgv = own.execArgv ?? all.execArgv ?? withoutCode(process.execArgv);
  const count = workerCount(`${at}workers`, own.workers ?? all.workers ?? 'auto');
  const restart = restartPolicy(at, all, own);
  if (count.range && restart.type !== 'permanent') {
    fault(
      `${at}workers: a range follows the load, and goes with restart.type: "permanent". Workers that end by themselves have a number.`,
      count,
    );
  }
  return {
    role,
    ...count,
    code: tried(() => codePath(`${at}worker`, own.worker ?? all.worker), NO_CODE),
    cwd: workingDirectory(`${at}cwd`, own.cwd ?? all.cwd),
    env: environmentOf([
      ['env', all.env],
      [`${at}env`, own.env],
    ]),
    args: check.texts(`${at}args`, own.args ?? all.args ?? process.argv.slice(2)),
    execArgv:
      typeof execArgv === 'function'
        ? (worker) => check.texts(`what ${at}execArgv returned`, execArgv(worker))
        : constant(check.texts(`${at}execArgv`, execArgv as readonly string[])),
    ready: readyRule(at, all, own),
    ...drainRule(at, all, own),
    restart,
    health: healthLimits(at, all, own),
    children: check.oneOf(`${at}children`, own.children ?? all.children ?? 'kill', [
      'kill',
      'leave',
    ]),
  };
}

function drainRule(
  at: string,
  all: RoleOptions,
  own: RoleOptions,
): Pick<ResolvedRole, 'drainTimeoutMs' | 'drainPaceMs' | 'drainSignal'> {
  const given = merged('drain', ['timeoutMs', 'signal', 'paceMs'], at, all, own);
  const [drainPaceMs, drainTimeoutMs] = check.ascending(
    { name: `${at}drain.paceMs`, value: given.paceMs, standard: 5_000 },
    { name: `${at}drain.timeoutMs`, value: given.timeoutMs, standard: 30_000 },
  );
  const drainSignal = check.flag(`${at}drain.signal`, given.signal ?? true);
  return { drainPaceMs, drainTimeoutMs, drainSignal };
}

function readyRule(at: string, all: RoleOptions, own: RoleOptions): Complete<ReadyOptions> {
  const rules: [ReadyWhen, ...ReadyWhen[]] = ['auto', 'listening', 'ready()', 'online'];
  const [common, given] = [all.ready, own.ready].map((ready) => {
    if (ready === undefined || typeof ready === 'object') return ready;
    return { when: check.oneOf(`${at}ready`, ready, rules) };
  });
  const names = ['when', 'timeoutMs', 'settleMs'] as const;
  const {
    when = 'auto',
    timeoutMs,
    settleMs,
  } = overlaid(check.objectOf('ready', common, names), check.objectOf(`${at}ready`, given, names));
  if (timeoutMs === 0) {
    fault(
      `${at}ready.timeoutMs: 0 leaves a worker no time to be ready, so none would ever be. Infinity waits for ever.`,
      timeoutMs,
    );
  }
  return {
    when: check.oneOf(`${at}ready.when`, when, rules),
    timeoutMs: check.milliseconds(`${at}ready.timeoutMs`, timeoutMs, 30_000),
    settleMs: check.milliseconds(`${at}ready.settleMs`, settleMs, 5_000),
  };
}

function restartPolicy(at: string, all: RoleOptions, own: RoleOptions): RestartPolicy {
  const { type = 'permanent', giveUp, ...times } = overlaid(all.restart, own.restart);
  const [minDelayMs, maxDelayMs] = check.ascending(
    { name: `${at}restart.minDelayMs`, value: times.minDelayMs, standard: 100 },
    { name: `${at}restart.maxDelayMs`, value: times.maxDelayMs, standard: 5_000 },
  );
  return {
    type: check.oneOf(`${at}restart.type`, type, ['permanent', 'transient', 'temporary']),
    minDelayMs,
    maxDelayMs,
    stableMs: check.milliseconds(`${at}restart.stableMs`, times.stableMs, 10_000),
    giveUp: giveUpRule(`${at}restart.giveUp`, giveUp),
  };
}

function giveUpRule(name: string, given: boolean | GiveUpOptions = false): GiveUp | undefined {
  if (given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || Array.isArray(given))) {
    return fault(
      `${name} takes true, false, or an object with maxCrashes and windowMs, and got ${check.shown(given)}.`,
      undefined,
    );
  }
  const options = given === true ? {} : given;
  const { maxCrashes = 10, windowMs } = check.objectOf(name, options, ['maxCrashes', 'windowMs']);
  return {
    maxCrashes: check.count(`${name}.maxCrashes`, maxCrashes),
    windowMs: check.milliseconds(`${name}.windowMs`, windowMs, 60_000),
  };
}

/** A garbage collection may stop an event loop for that long. */
const MIN_HUNG_AFTER_MS = 100;
/** Node alone takes about three times this. */
const MIN_RSS_BYTES = 16 * 1024 ** 2;

function healthLimits(at: string, all: RoleOptions, own: RoleOptions): Complete<HealthOptions> {
  const names = ['hungAfterMs', 'maxRssBytes', 'maxAgeMs'] as const;
  const health = merged('health', names, at, all, own);
  const { hungAfterMs = 30_000, maxRssBytes = 0 } = health;
  if (hungAfterMs > 0 && hungAfterMs < MIN_HUNG_AFTER_MS) {
    fault(
      `${at}health.hungAfterMs: ${hungAfterMs} ms is shorter than a busy worker pauses; did you mean ` +
        `${hungAfterMs} * 1000? ${MIN_HUNG_AFTER_MS} is the least, and 0 turns it off.`,
      hungAfterMs,
    );
  }
  if (maxRssBytes > 0 && maxRssBytes < MIN_RSS_BYTES) {
    fault(
      `${at}health.maxRssBytes: ${maxRssBytes} is less than any worker has. It is in bytes; did you mean ` +
        `${maxRssBytes} * 1024 ** 2? 0 turns it off.`,
      maxRssBytes,
    );
  }
  return {
    hungAfterMs: check.milliseconds(`${at}health.hungAfterMs`, hungAfterMs, 30_000),
    maxRssBytes: check.count(`${at}health.maxRssBytes`, maxRssBytes, 0),
    maxAgeMs: check.milliseconds(`${at}health.maxAgeMs`, health.maxAgeMs, 0),
  };
}

function merged<Group extends 'drain' | 'health'>(
  group: Group,
  names: readonly (keyof NonNullable<RoleOptions[Group]> & string)[],
  at: string,
  all: RoleOptions,
  own: RoleOptions,
): NonNullable<RoleOptions[Group]> {
  return overlaid<NonNullable<RoleOptions[Group]>>(
    check.objectOf(group, all[group], names),
    check.objectOf(`${at}${group}`, own[group], names),
  );
}

/** The options of a role on top of the cluster's. One that is `undefined` is not given. */
function overlaid<Options extends object>(all: Options | undefined, own: Options = {} as Options) {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...all, ...Object.fromEntries(given) } as Options;
}

function workingDirectory(name: string, cwd: string | undefined): string | undefined {
  if (cwd === undefined) return undefined;
  const path = resolve(check.text(name, cwd));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  return fault(`${name}: there is no folder ${path}.`, undefined);
}

/** Variables given as an object are checked now; the result of a function is checked when it is called. */
function environmentOf(
  given: readonly (readonly [name: string, env: Environment | undefined])[],
): ResolvedRole['env'] {
  const all = given.map(([name, env]) =>
    typeof env === 'function'
      ? () => environment(`what ${name} returned`, env())
      : constant(environment(name, env)),
  );
  return () => Object.assign({}, ...all.map((env) => env()));
}

function environment(name: string, env: Record<string, string> | undefined) {
  if (typeof (env as { then?: unknown } | undefined)?.then === 'function') {
    // Nobody waits for the promise, so its rejection is handled here.
    Promise.resolve(env).catch(() => {});
    return fault(
      `${name} is a promise: env is not waited for. The hook beforeFork may be async, and what it returns is added to env.`,
      undefined,
    );
  }
  return env === undefined ? undefined : check.textsByName(name, env);
}

function constant<Value>(value: Value): () => Value {
  return () => value;
}
