// An extension of the app (cluster-extension.ts) as one of the primary's own: with deadlines, and its answers checked.
import { objectOf, texts, textsByName } from '../../checks/option-checks.js';
import type { ClusterExtension, ForkSettings } from '../../cluster-extension.js';
import { InvalidOptionError } from '../../errors.js';
import { within } from '../../process/deadline.js';
import type { Extension } from '../extension.js';

const TIMEOUT_MS = 10_000;

export function createAppExtension(given: ClusterExtension): Extension {
  const { name, timeoutMs = TIMEOUT_MS } = given;
  const inTime = async (method: 'start' | 'stopped', call: () => unknown) => {
    const late = () => new Error(`${method}() did not settle within ${timeoutMs} ms`);
    await within(timeoutMs, (async () => call())(), late);
  };
  return {
    name: `the extension ${JSON.stringify(name)}`,
    mayFail: true,
    start: (supervision) => {
      const { cluster, log } = supervision;
      const replace = supervision.replace.bind(supervision);
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
