// The options of a bus, checked and complete.

import type { Complete } from '@muster/codec/options';
import { reasonOf } from '@muster/codec/thrown';
import type { BusOptions, Scope } from '../bus.js';
import { isThenable } from '../client/requests/thenable.js';
import { InvalidOptionError } from '../errors.js';
import { checkFunction, checkOptions, OPTIONS, wrong } from './strict-options.js';

const MIB = 1024 * 1024;
const MAX_MESSAGE_BYTES = 64 * MIB;
/** Complete, but for what is the process's own where no bus asks for anything. */
export type Settings = Complete<Omit<BusOptions, 'keepMs' | 'transport'>> &
  Pick<BusOptions, 'keepMs'>;

const POLICIES = ['block', 'drop-oldest', 'error'];
const ENCODINGS = ['exact', 'json'];

/** @throws InvalidOptionError */
export function settingsOf(options: BusOptions): Settings {
  checkOptions('createBus()', options, OPTIONS.bus);
  const {
    whenFull = 'block',
    maxOutboxBytes = 16 * MIB,
    maxMessageBytes = 16 * MIB,
    timeoutMs = 5_000,
    keepMs,
    transport,
    encode = 'exact',
    onError = (error) => process.emitWarning(error),
  } = options;
  if (!POLICIES.includes(whenFull)) {
    throw wrong('whenFull', whenFull, `one of '${POLICIES.join("', '")}'`);
  }
  if (!(typeof maxOutboxBytes === 'number' && maxOutboxBytes > 0)) {
    throw wrong('maxOutboxBytes', maxOutboxBytes, 'a number of bytes above 0');
  }
  const isLength = typeof maxMessageBytes === 'number' && maxMessageBytes > 0;
  if (!isLength || maxMessageBytes > MAX_MESSAGE_BYTES) {
    throw wrong('maxMessageBytes', maxMessageBytes, `a number of bytes, 1 to ${MAX_MESSAGE_BYTES}`);
  }
  assertTimeout(timeoutMs);
  if (keepMs !== undefined && !(typeof keepMs === 'number' && keepMs >= 0)) {
    throw wrong('keepMs', keepMs, 'milliseconds, 0 or more, or Infinity');
  }
  if (!ENCODINGS.includes(encode)) {
    throw wrong('encode', encode, `one of '${ENCODINGS.join("', '")}'`);
  }
  checkFunction('onError', onError);
  if (transport !== undefined) checkFunction('transport', transport);
  const kept = keepMs === undefined ? {} : { keepMs };
  const settings = { whenFull, maxOutboxBytes, maxMessageBytes, timeoutMs, encode };
  return { ...settings, onError: guarded(onError), ...kept };
}

/** One that fails itself costs nobody anything: what it was to report is a process warning. */
function guarded(onError: Settings['onError']): Settings['onError'] {
  return (error) => {
    const failed = (thrown: unknown) => {
      const warning = `${error.message} (and onError failed: ${reasonOf(thrown)})`;
      process.emitWarning(warning, { type: error.name, code: error.code });
    };
    try {
      const reported: unknown = onError(error);
      if (isThenable(reported)) reported.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  };
}

/** @throws InvalidOptionError */
export function assertTimeout(timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs > 0) return;
  throw wrong('timeoutMs', timeoutMs, 'milliseconds above 0, or Infinity');
}

/** @throws InvalidOptionError */
export function checkScope(scope: unknown): asserts scope is Scope {
  if (scope === 'machine' || scope === 'group') return;
  throw wrong('scope', scope, "'machine' or 'group'");
}

/** @throws InvalidOptionError */
export function checkTtl(ttlMs: number | undefined, retain: boolean): void {
  if (ttlMs === undefined) return;
  if (!(typeof ttlMs === 'number' && ttlMs > 0)) {
    throw wrong('ttlMs', ttlMs, 'milliseconds above 0, or Infinity');
  }
  if (!retain)
    throw new InvalidOptionError('ttlMs is the time of a retained value: add retain: true');
}
