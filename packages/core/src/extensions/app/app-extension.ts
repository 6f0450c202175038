// An extension of the app (cluster-extension.ts) as one of the primary's own: with deadlines, and its answers checked.
import {
  count,
  isObject,
  objectOf,
  oneOf,
  text,
  texts,
  textsByName,
} from '../../checks/option-checks.js';
import type {
  ClusterExtension,
  ForkSettings,
  Log,
  ReplaceOptions,
} from '../../cluster-extension.js';
import { InvalidOptionError } from '../../errors.js';
import { within } from '../../process/deadline.js';
import type { Extension } from '../extension.js';
import { logFailure } from '../failure.js';

const TIMEOUT_MS = 10_000;

export function createAppExtension(given: ClusterExtension): Extension {
  const { name, timeoutMs = TIMEOUT_MS } = given;
  const inTime = async (method: 'start' | 'stopped', call: () => unknown) => {
    const late = () => new Error(`${method}() did not settle within ${timeoutMs} ms`);
    await within(timeoutMs, (async () => call())(), late);
  };
  const fullName = `the extension ${JSON.stringify(name)}`;
  return {
    name: fullName,
    mayFail: true,
    start: (supervision) => {
      const { cluster, log } = supervision;
      const replace = async (slot: number, options: ReplaceOptions) =>
        supervision.replace(slot, checkedReplacement(options, log, fullName));
      return inTime('start', () => given.start?.({ cluster, log, replace }));
    },
    forkSettings: (worker) => checkedSettings(given.forkSettings?.(worker)),
    // What an async method returns is for the host to look at.
    workerForked: ({ info }) => given.workerForked?.(info),
    workerReady: ({ info }) => given.workerReady?.(info),
    workerExited: (exit) => given.workerExited?.(exit),
    stopping: (reason) => given.stopping?.(reason),
    stopped: () => inTime('stopped', () => given.stopped?.()),
  };
}

const REMOVALS = ['drain', 'kill'] as const;

/** @throws InvalidOptionError */
function checkedReplacement(options: ReplaceOptions, log: Log, name: string): ReplaceOptions {
  const wanted = 'an object with a reason, and then or generation';
  isObject('replace(slot, options)', options, wanted);
  objectOf('replace()', options, ['reason', 'then', 'generation']);
  const { reason, then: given = 'drain', generation } = options;
  const then =
    typeof given === 'function' ? guarded(given, log, name) : removal('then of replace()', given);
  return Object.assign(
    { reason: text('reason of replace()', reason), then },
    generation !== undefined && { generation: count('generation of replace()', generation) },
  );
}

function removal(what: string, value: (typeof REMOVALS)[number]) {
  return oneOf(what, value, REMOVALS);
}

/** It is called in the middle of a replacement, which goes on. */
function guarded(then: () => (typeof REMOVALS)[number], log: Log, name: string) {
  return () => {
    try {
      return removal('what then() of replace() returned', then());
    } catch (error) {
      logFailure(log, name, error);
      return 'drain';
    }
  };
}

/** @throws InvalidOptionError */
function checkedSettings(settings: ForkSettings | undefined): ForkSettings {
  if (settings instanceof Promise) {
    settings.catch(() => {});
    throw new InvalidOptionError('forkSettings() returned a promise, and a fork does not wait.');
  }
  const { env = {}, execArgv = [] } = objectOf('what forkSettings() returned', settings, [
    'env',
    'execArgv',
  ]);
  const own = Object.keys(textsByName('env of forkSettings()', env)).find((name) =>
    name.startsWith('MUSTER_'),
  );
  if (own !== undefined) {
    throw new InvalidOptionError(`forkSettings(): the variable ${own} is Muster's own.`);
  }
  return { env, execArgv: texts('execArgv of forkSettings()', execArgv) };
}
