// Parses arguments of the command line.
import { InvalidArgumentError } from 'commander';
import type { StickyOptions, WorkerRange } from '../../cluster-options.js';
import { isHostName } from '../../extensions/admin/host-check.js';
import { isName } from '../../extensions/control/socket/socket-name.js';
import { trustIn } from '../../extensions/sticky/client/client-address.js';
import { isCookieName } from '../../extensions/sticky/client/cookie-name.js';

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `30s`, `500ms`, `2m`. A bare number could mean seconds or milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match) return Number(match[1]) * (UNITS[match[2] as string] as number);
  throw new InvalidArgumentError('Give a duration with its unit, such as 30s, 500ms or 2m.');
}

/** A duration, or `never`, which is 0 in the options. */
export function parseDurationOrNever(text: string): number {
  return text === 'never' ? 0 : parseDuration(text);
}

/** A duration, or a bare number of milliseconds, for an option with `-ms` in its name. */
export function parseMilliseconds(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : parseDuration(text);
}

/** Units of one letter are binary, as in PM2, systemd and Docker. */
const BYTES: Record<string, number> = {
  b: 1,
  ...{ kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};

/** `512MB`, `1GiB`, `300M`. A bare number is refused, because users would mean megabytes. */
export function parseBytes(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (BYTES[unit.toLowerCase()] ?? Number.NaN));
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  const meant = amount !== undefined && unit === '' ? ` Did you mean ${amount}MB?` : '';
  throw new InvalidArgumentError(`Give bytes with their unit, such as 512MB or 1GiB.${meant}`);
}

/** `ip`, or `cookie:<name>`. */
export function parseSticky(text: string): StickyOptions {
  if (text === 'ip') return { by: 'ip' };
  const name = text.slice('cookie:'.length);
  if (text.startsWith('cookie:') && isCookieName(name)) return { by: 'cookie', name };
  throw new InvalidArgumentError('Give "ip", or "cookie:" and its name, such as cookie:sid.');
}

/** `10.0.0.0/8,::1` */
export function parseNetworks(text: string): string[] {
  const networks = text.split(',').map((network) => network.trim());
  try {
    trustIn(networks);
    return networks;
  } catch {
    throw new InvalidArgumentError(
      'Give addresses or networks, separated by commas, such as 10.0.0.0/8 or ::1.',
    );
  }
}

export function parseHosts(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every(isHostName)) return names;
  throw new InvalidArgumentError(
    'Give names without a port, separated by commas, such as shop.internal, or .internal for all below it.',
  );
}

export function parsePath(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Give a path.');
}

/** `4`, `auto`, or a range in which the number follows the load: `1..4`, `2..auto`. */
export function parseWorkers(text: string): number | 'auto' | WorkerRange {
  if (text === 'auto') return text;
  const [, min = '', max = ''] = /^([^.]*)\.\.(.*)$/.exec(text) ?? [];
  try {
    if (min === '') return parseCount(text);
    return { min: parseCount(min), max: max === 'auto' ? max : parseCount(max) };
  } catch {
    throw new InvalidArgumentError(
      'Give a whole number above 0, "auto", or a range that follows the load, such as 1..4 or 2..auto.',
    );
  }
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,6}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError('Give a whole number above 0.');
}

export function parseLines(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    'Give a number of lines, from 0 to 99999. The name of a cluster is --name here.',
  );
}

export function parseSlot(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of a slot, as `muster status` shows it.');
}

/** The name of a cluster, which becomes the name of a file. */
export function parseName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(
    'Give 1 to 40 letters, digits, ".", "_" or "-", the first of them a letter or a digit.',
  );
}

/** `9100`, `0.0.0.0:9100`, `[::1]:9100`. */
export function parseAddress(text: string): { host?: string; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new InvalidArgumentError('Give a port, or a host and a port, such as 0.0.0.0:9100.');
  }
  const host = match[1]?.replace(/^\[(.*)\]$/, '$1');
  return host === undefined ? { port } : { host, port };
}

/** Without a value, it is the Redis of the store. */
export function parseMachines(text: string): { url: string } {
  return { url: text };
}
