// Small values without parts that superjson does not bring back as they were.

import { isDate, isRegExp } from 'node:util/types';
import { refuseFields } from '../properties.js';
import type { Kind } from './kind.js';

const { getPrototypeOf } = Object;

/** superjson takes an invalid Date for a valid one, and JSON makes it null. */
export const invalidDateKind: Kind<Date> = {
  name: 'InvalidDate',
  is: (value): value is Date =>
    isDate(value) && getPrototypeOf(value) === Date.prototype && Number.isNaN(value.getTime()),
  check: (date, path) => refuseFields(date, 'a Date', path),
  toForm: () => null,
  fromForm(form) {
    if (form !== null) throw new TypeError('an invalid Date is null');
    return new Date(Number.NaN);
  },
};

/** superjson leaves `lastIndex` behind, with which a global or sticky RegExp goes on. */
export const regExpKind: Kind<RegExp> = {
  name: 'RegExp',
  is: (value): value is RegExp => isRegExp(value) && getPrototypeOf(value) === RegExp.prototype,
  check(regExp, path) {
    refuseFields(regExp, 'a RegExp', path);
    if (!Number.isSafeInteger(regExp.lastIndex)) {
      path.refuse('a RegExp whose lastIndex is not an integer is not carried; set it to 0');
    }
  },
  toForm: ({ source, flags, lastIndex }) => [source, flags, lastIndex],
  fromForm(form) {
    const [source, flags, lastIndex] = Array.isArray(form) ? (form as unknown[]) : [];
    if (
      typeof source !== 'string' ||
      typeof flags !== 'string' ||
      !Number.isSafeInteger(lastIndex)
    ) {
      throw new TypeError('a RegExp is a source, flags and a lastIndex');
    }
    const regExp = new RegExp(source, flags);
    regExp.lastIndex = lastIndex as number;
    return regExp;
  },
};

/** About 1,000 decimal digits. */
const LARGE = 2n ** 3322n;

/**
 * superjson writes a BigInt in decimal, which is read in quadratic time: ten million digits would block the
 * process for seconds. Hexadecimal is read in linear time.
 */
export const largeBigIntKind: Kind<bigint> = {
  name: 'BigInt',
  is: (value): value is bigint => typeof value === 'bigint' && (value >= LARGE || value <= -LARGE),
  toForm: (value) => value.toString(16),
  fromForm(form) {
    const [, sign, digits] = /^(-?)([0-9a-f]+)$/.exec(typeof form === 'string' ? form : '') ?? [];
    if (!digits) throw new TypeError('a large BigInt is hexadecimal');
    const magnitude = BigInt(`0x${digits}`);
    return sign ? -magnitude : magnitude;
  },
};

/** The longest decimal form, which is superjson's own, including the sign. */
export const MAX_DECIMAL_LENGTH = LARGE.toString().length + 1;
