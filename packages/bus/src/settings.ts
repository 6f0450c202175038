// The options of a bus, checked and complete.

import type { BusOptions } from './bus.js';
import { InvalidOptionError } from './errors.js';

const MIB = 1024 * 1024;
const MAX_MESSAGE_BYTES = 64 * MIB;
const POLICIES = ['block', 'drop-oldest', 'error'];

/** @throws InvalidOptionError */
export function settingsOf(options: BusOptions): Required<BusOptions> {
  const settings: Required<BusOptions> = {
    whenFull: options.whenFull ?? 'block',
    maxOutboxBytes: options.maxOutboxBytes ?? 16 * MIB,
    maxMessageBytes: options.maxMessageBytes ?? 16 * MIB,
    timeoutMs: options.timeoutMs ?? 5_000,
    onError: options.onError ?? ((error) => process.emitWarning(error)),
  };
  const { whenFull, maxOutboxBytes, maxMessageBytes, timeoutMs } = settings;
  if (!POLICIES.includes(whenFull)) {
    throw new InvalidOptionError('whenFull', whenFull, `one of '${POLICIES.join("', '")}'`);
  }
  if (!(maxOutboxBytes > 0)) {
    throw new InvalidOptionError('maxOutboxBytes', maxOutboxBytes, 'a number of bytes above 0');
  }
  if (!(maxMessageBytes > 0 && maxMessageBytes <= MAX_MESSAGE_BYTES)) {
    throw new InvalidOptionError('maxMessageBytes', maxMessageBytes, `1 to ${MAX_MESSAGE_BYTES}`);
  }
  assertTimeout(timeoutMs);
  return settings;
}

/** @throws InvalidOptionError */
export function assertTimeout(timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs > 0) return;
  throw new InvalidOptionError('timeoutMs', timeoutMs, 'milliseconds above 0, or Infinity');
}
