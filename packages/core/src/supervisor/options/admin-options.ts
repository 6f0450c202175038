// The options of the admin endpoint and of the console on it, checked.
import type { Complete } from '@muster/codec/options';
import { fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { AdminOptions, ConsoleOptions } from '../../cluster-options.js';
import { isHostName } from '../../extensions/admin/host-check.js';

export type ResolvedAdmin = Complete<Omit<AdminOptions, 'console'>> & {
  /** `undefined`: none. */
  readonly console: Complete<ConsoleOptions> | undefined;
};

const NAMES: readonly (keyof AdminOptions)[] = [
  'port',
  'host',
  'readyQuorum',
  'allowedHosts',
  'console',
];

/** @throws InvalidOptionError */
export function adminOptions(given: AdminOptions | undefined): ResolvedAdmin | undefined {
  if (given === undefined) return undefined;
  const {
    port,
    host = '127.0.0.1',
    readyQuorum = 0.5,
    allowedHosts = [],
    console,
  } = check.objectOf('admin', given, NAMES);
  if (check.isMisspelt(given, 'port', NAMES)) return undefined;
  if (!(check.count('admin.port', port, 0) <= 65_535)) {
    fault(`admin.port: ${port} is above 65535.`, port);
  }
  if (!(readyQuorum > 0 && readyQuorum <= 1)) {
    const got = check.shown(readyQuorum);
    fault(`admin.readyQuorum: ${got} is not a share above 0 and up to 1.`, readyQuorum);
  }
  const bad = check.texts('admin.allowedHosts', allowedHosts).find((name) => !isHostName(name));
  if (bad !== undefined) {
    fault(
      `admin.allowedHosts: ${check.shown(bad)} is not the name of a host, such as "shop.internal", without a port.`,
      bad,
    );
  }
  return {
    ...{ port, host: check.text('admin.host', host), readyQuorum, allowedHosts },
    console: consoleOptions(console, host),
  };
}

function consoleOptions(
  given: AdminOptions['console'],
  host: string,
): Complete<ConsoleOptions> | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  const { readOnly = false, remote = false } = check.objectOf('admin.console', options, [
    'readOnly',
    'remote',
  ]);
  check.flag('admin.console.readOnly', readOnly);
  if (check.flag('admin.console.remote', remote) || isLoopback(host)) return { readOnly, remote };
  return fault(
    `admin.console: other machines reach ${check.shown(host)}, and the console tells whoever has its token all about the ` +
      'cluster, over plain HTTP. Use a loopback address and `ssh -L`; or put TLS in front, and say so with ' +
      'console: { remote: true }.',
    { readOnly, remote },
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
