// What stands on the command line, as values.
import { InvalidArgumentError } from 'commander';
import { isName } from '../control-socket/socket-name.js';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `30s`, `500ms`, `2m`. A bare number would be seconds to one, and milliseconds to another. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match) return Number(match[1]) * (UNITS[match[2] as string] as number);
  throw new InvalidArgumentError('Give a duration with its unit, such as 30s, 500ms or 2m.');
}

export function parseWorkers(text: string): number | 'auto' {
  return text === 'auto' ? text : parseCount(text);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,6}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError('Give a whole number above 0.');
}

export function parseSlot(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of a slot, as `muster status` shows it.');
}

/** Of a cluster: it becomes a file's. */
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
