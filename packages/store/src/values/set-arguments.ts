// Checks the arguments of set() and setMany().
import { shown } from '@muster/codec/options';
import { itemsOf } from '../api/arguments.js';
import { countFault } from '../api/public-calls.js';
import { checkFlag, checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Condition } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { InvalidOptionError } from '../errors.js';
import type { Expiry, SetOptions } from '../store.js';

export function conditionOf(options: SetOptions | undefined): Condition {
  if (!options) return 'always';
  checkFlag('ifAbsent', options.ifAbsent);
  checkFlag('ifPresent', options.ifPresent);
  if (options.ifAbsent) {
    if (options.ifPresent) {
      throw new InvalidOptionError('ifAbsent and ifPresent exclude each other; give one of them');
    }
    return 'absent';
  }
  return options.ifPresent ? 'present' : 'always';
}

export type WrittenEntry = [key: string, text: string, lifetime: Lifetime];

/** @throws InvalidOptionError; what `write` throws */
export function writtenEntries<T>(
  given: Iterable<readonly [key: string, value: T, expiry?: Expiry | undefined]>,
  write: (key: string, value: T, expiry: Expiry | undefined) => WrittenEntry,
): WrittenEntry[] {
  return itemsOf('setMany', given).map((entry) => {
    if (!Array.isArray(entry)) {
      throw new InvalidOptionError(
        `setMany takes entries [key, value] or [key, value, { ttlMs }], and not ${shown(entry)}`,
      );
    }
    const fault = countFault('An entry of setMany()', entry, { takes: 3 });
    if (fault) throw fault;
    const [key, value, expiry] = entry;
    checkOptions('An entry of setMany()', expiry, OPTIONS.expiry);
    return write(key, value, expiry);
  });
}
