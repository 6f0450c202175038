// The options of `startCluster()`, checked and with all defaults.

import type { MachinesOptions } from '@muster/machines';
import { fault, tried, withoutFaults } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { ClusterExtension } from '../../cluster-extension.js';
import type {
  ClusterOptions,
  ControlOptions,
  Logger,
  StickyOptions,
  StoreWiring,
} from '../../cluster-options.js';
import { isName } from '../../extensions/control/socket/socket-name.js';
import { trustIn } from '../../extensions/sticky/client/client-address.js';
import { isCookieName } from '../../extensions/sticky/client/cookie-name.js';
import type { Hooks } from '../../hooks.js';
import { adminOptions, type ResolvedAdmin } from './admin-options.js';
import { resolveExtensions } from './extension-options.js';
import { type ResolvedLogs, resolveLogs } from './log-options.js';
import { type ResolvedRole, resolveRoles } from './role-options.js';

export interface ResolvedOptions {
  /** In the order of their slots; never empty. */
  roles: readonly ResolvedRole[];
  store: StoreWiring | undefined;
  machines: MachinesOptions | undefined;
  /** Without `parallel`, reload-plan.ts decides. */
  reload: { watchMs: number; parallel: number | undefined };
  admin: ResolvedAdmin | undefined;
  /** `undefined`: the default of the control socket. */
  control: ControlOptions | string | false | undefined;
  sticky: (StickyOptions & { trustedProxies: readonly string[] }) | undefined;
  start: 'all' | 'one-first';
  logs: ResolvedLogs;
  logger: Logger;
  hooks: Hooks;
  extensions: readonly ClusterExtension[];
}

const MACHINES: readonly (keyof MachinesOptions)[] = [
  'url',
  'group',
  'name',
  'historyMs',
  'historyBytes',
  'secret',
];

const STICKY: readonly (keyof StickyOptions)[] = ['by', 'name', 'trustedProxies'];

const HOOKS: readonly (keyof Hooks)[] = [
  'beforeFork',
  'onWorkerStart',
  'onWorkerReady',
  'onWorkerExit',
  'onStopping',
];

/** @throws InvalidOptionError with everything that is wrong */
export function resolveOptions(given: ClusterOptions): ResolvedOptions {
  check.isObject('startCluster()', given, 'a function, or options');
  return withoutFaults(() => checkedOptions(given));
}

/** Reports faults, to be collected. */
export function checkedOptions(given: ClusterOptions): ResolvedOptions {
  const options = check.withoutNull('', given);
  const roles = resolveRoles(options);
  const { reload, control } = options;
  const { watchMs, parallel } = check.objectOf('reload', reload, ['watchMs', 'parallel']);
  return {
    roles,
    store: storeWiring(options.store),
    machines: machinesOptions(options.machines, process.env.MUSTER_MACHINES),
    reload: {
      watchMs: check.milliseconds('reload.watchMs', watchMs, 500),
      parallel: parallel === undefined ? undefined : check.count('reload.parallel', parallel),
    },
    admin: adminOptions(options.admin),
    control: controlOptions(control),
    sticky: stickyOptions(options.sticky),
    start: check.oneOf('start', options.start ?? 'all', ['all', 'one-first']),
    logs: resolveLogs(options.logs),
    logger: checkedLogger(options.logger ?? (console as unknown as Logger)),
    hooks: checkedHooks(options.hooks),
    extensions: resolveExtensions(options.extensions),
  };
}

function storeWiring(store: StoreWiring | undefined): StoreWiring | undefined {
  if (store === undefined) return store;
  const hasUrl = typeof store?.url === 'string';
  // A client has properties without number; one in `redis` is told below.
  const isPlain = Object.getPrototypeOf(store) === Object.prototype;
  if (isPlain && (hasUrl || !('redis' in store))) {
    check.objectOf('store', store, ['url']);
    if (check.isMisspelt(store, 'url', ['url'])) return undefined;
  }
  if (hasUrl) return store;
  return fault(
    'store: give a `url`. A client cannot be handed to another process; each worker connects by itself.',
    undefined,
  );
}

/** @param variable MUSTER_MACHINES */
function machinesOptions(
  given: ClusterOptions['machines'],
  variable: string | undefined,
): MachinesOptions | undefined {
  if (given === false) return undefined;
  const byVariable = machinesOfVariable(variable);
  if (given === undefined) return byVariable;
  if (given === true) return byVariable ?? {};
  const wanted = 'true, false, or an object such as { url: "redis://redis.internal" }';
  if (!check.isObject('machines', given, wanted)) return undefined;
  const { url = byVariable?.url, ...rest } = check.objectOf('machines', given, MACHINES);
  return { ...rest, ...(url !== undefined && { url }) };
}

function machinesOfVariable(variable: string | undefined): MachinesOptions | undefined {
  if (!variable || variable === 'false' || variable === '0') return undefined;
  return variable === 'true' || variable === '1' ? {} : { url: variable };
}

function controlOptions(given: ClusterOptions['control']): ResolvedOptions['control'] {
  if (given === undefined || given === false) return given;
  if (typeof given === 'string' && given !== '') return given;
  if (typeof given !== 'object') {
    return fault(
      `control takes the path of a socket, { name }, or false for none, and got ${check.shown(given)}.`,
      undefined,
    );
  }
  const { name } = check.objectOf('control', given, ['name']);
  if (check.isMisspelt(given, 'name', ['name'])) return undefined;
  const wanted =
    'a name: 1 to 40 letters, digits, ".", "_" or "-", the first of them a letter or a digit';
  return { name: check.textThat('control.name', name, isName, wanted) };
}

function stickyOptions(given: StickyOptions | undefined): ResolvedOptions['sticky'] {
  if (given === undefined) return undefined;
  const sticky = check.objectOf('sticky', given, STICKY);
  const { trustedProxies = [] } = sticky;
  if (check.isMisspelt(given, 'by', STICKY)) return undefined;
  if (check.oneOf('sticky.by', sticky.by, ['ip', 'cookie']) === 'cookie') {
    const wanted = 'the name of a cookie, such as "sid"';
    if (!check.isMisspelt(given, 'name', STICKY)) {
      check.textThat('sticky.name', sticky.name as string, isCookieName, wanted);
    }
  } else if (sticky.name !== undefined) {
    fault(
      'sticky.name is that of a cookie: it goes with by: "cookie", and not with by: "ip".',
      undefined,
    );
  }
  const proxies = check.texts('sticky.trustedProxies', trustedProxies);
  tried(() => trustIn(proxies), undefined);
  return { ...sticky, trustedProxies: proxies };
}

function checkedHooks(given: Hooks | undefined): Hooks {
  const hooks = check.objectOf('hooks', given, HOOKS);
  for (const name of HOOKS) {
    if (hooks[name] === undefined || typeof hooks[name] === 'function') continue;
    fault(`hooks.${name}: ${check.shown(hooks[name])} is not a function.`, undefined);
  }
  return hooks;
}

function checkedLogger(logger: Logger): Logger {
  const missing = (['info', 'warn', 'error'] as const).find(
    (name) => typeof logger?.[name] !== 'function',
  );
  if (missing === undefined) return logger;
  return fault(`logger: it has no function \`${missing}\`; console has all three.`, logger);
}
