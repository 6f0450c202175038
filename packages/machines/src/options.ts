// The options of machines, checked and complete.

import { hostname } from 'node:os';
import { MACHINE_NAME, nameOfHost } from '@muster/bus/machines';
import { type Complete, type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from './errors.js';
import type { MachinesOptions } from './machines.js';

export type Settings = Complete<Omit<MachinesOptions, 'secret'>> & { secret?: string };

const NAMES: OptionNames = {
  known: new Set(['url', 'group', 'name', 'historyMs', 'historyBytes', 'secret']),
  aliases: {
    redis: [['url']],
    host: [['url']],
    hostname: [['name']],
    machine: [['name']],
    id: [['name']],
    cluster: [['group']],
    namespace: [['group']],
    prefix: [['group']],
    history: [['historyMs', ', in milliseconds?']],
    ttlMs: [['historyMs']],
    maxBytes: [['historyBytes', ', in bytes?']],
    key: [['secret']],
    password: [['secret']],
  },
};

const MIN_HISTORY_MS = 1_000;
const MAX_HISTORY_MS = 24 * 3_600_000;
const MIN_HISTORY_BYTES = 1024 * 1024;
const MIN_SECRET_LENGTH = 16;

/** @throws InvalidOptionError */
export function settingsOf(options: MachinesOptions): Settings {
  const fault = optionsFault('machines', options, NAMES);
  if (fault !== undefined) throw new InvalidOptionError(fault);
  const { url, group = 'default', historyMs = 60_000, historyBytes = 64 * 1024 * 1024 } = options;
  const { name = nameOfHost(hostname()), secret } = options;
  if (typeof url !== 'string' || url === '') {
    throw wrong('url', url, 'the URL of a Redis, because the store of this cluster is on none');
  }
  check('group', group, isName(group), 'letters, digits, . _ and -, at most 64');
  check('name', name, isName(name), 'letters, digits, . _ and -, at most 64');
  check(
    'historyMs',
    historyMs,
    isWithin(historyMs, MIN_HISTORY_MS, MAX_HISTORY_MS),
    `milliseconds from ${MIN_HISTORY_MS} to ${MAX_HISTORY_MS}`,
  );
  check(
    'historyBytes',
    historyBytes,
    isWithin(historyBytes, MIN_HISTORY_BYTES, Number.MAX_SAFE_INTEGER),
    `bytes, ${MIN_HISTORY_BYTES} at least`,
  );
  if (secret === undefined) return { url, group, name, historyMs, historyBytes };
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) {
    throw new InvalidOptionError(
      `Invalid machines.secret: give a text of ${MIN_SECRET_LENGTH} characters at least`,
    );
  }
  return { url, group, name, historyMs, historyBytes, secret };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && MACHINE_NAME.test(value);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function check(name: string, value: unknown, isRight: boolean, wanted: string): void {
  if (!isRight) throw wrong(name, value, wanted);
}

function wrong(name: string, value: unknown, wanted: string): InvalidOptionError {
  return new InvalidOptionError(`Invalid machines.${name}: ${shown(value)}. Give ${wanted}`);
}
