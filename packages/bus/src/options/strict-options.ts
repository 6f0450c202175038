// The names of every option of the bus, what others call them, and single values, checked.
import { type OptionAliases, type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';

const IN_MS = ', in milliseconds?';
const TO = [['to']] as const;
const SELF = [['self']] as const;
const RETAIN = [['retain']] as const;
const WHEN_FULL = [['whenFull']] as const;

const ALIASES: OptionAliases = {
  timeout: [['timeoutMs', IN_MS]],
  timeoutSeconds: [['timeoutMs', IN_MS]],
  ttl: [
    ['ttlMs', IN_MS],
    ['timeoutMs', IN_MS],
  ],
  expiresIn: [['ttlMs', IN_MS]],
  exclude: [['except']],
  not: [['except']],
  encoding: [['encode']],
  serializer: [['encode']],
  deadline: [['timeoutMs', IN_MS]],
  deadlineMs: [['timeoutMs']],
  waitMs: [['timeoutMs']],
  abortSignal: [['signal']],
  controller: [['signal', ': controller.signal?']],
  target: TO,
  targets: TO,
  slot: TO,
  slots: TO,
  role: TO,
  worker: TO,
  includeSelf: SELF,
  echo: SELF,
  local: [['scope', ": 'machine'?"]],
  machineOnly: [['scope', ": 'machine'?"]],
  retained: RETAIN,
  sticky: RETAIN,
  policy: WHEN_FULL,
  backpressure: WHEN_FULL,
  overflow: WHEN_FULL,
  maxBytes: [['maxMessageBytes']],
  maxPayload: [['maxMessageBytes']],
  highWaterMark: [['maxOutboxBytes', ', in bytes?']],
  keep: [['keepMs', IN_MS]],
  bufferMs: [['keepMs']],
  error: [['onError']],
  channel: [['transport']],
  connection: [['transport']],
};

function names(known: readonly string[], meant?: OptionNames['meant']): OptionNames {
  const all = { known: new Set(known), aliases: ALIASES };
  return meant ? { ...all, meant } : all;
}

export const OPTIONS = {
  bus: names([
    'whenFull',
    'maxOutboxBytes',
    'maxMessageBytes',
    'timeoutMs',
    'keepMs',
    'encode',
    'onError',
    'transport',
  ]),
  broadcast: names(['to', 'except', 'self', 'scope', 'retain', 'ttlMs'], (value) =>
    typeof value === 'number' || typeof value === 'string'
      ? `did you mean { to: ${JSON.stringify(value)} }?`
      : undefined,
  ),
  once: names(['signal'], (value) =>
    typeof value === 'function'
      ? 'it returns a promise of the next message; on() calls a listener'
      : undefined,
  ),
  request: names(['scope', 'timeoutMs', 'signal'], (value) =>
    typeof value === 'number'
      ? `did you mean { timeoutMs: ${value} }, in milliseconds?`
      : undefined,
  ),
  wait: names(['signal']),
};

/**
 * Refuses a value that is not an object, and unknown names. `undefined` is fine, and costs nothing.
 *
 * @param what takes them, such as `broadcast()`.
 * @throws InvalidOptionError
 */
export function checkOptions(what: string, options: unknown, names: OptionNames): void {
  if (options === undefined) return;
  const fault = optionsFault(what, options, names);
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

/** For a call that takes no options. @throws InvalidOptionError */
export function checkNone(
  call: string,
  given: readonly unknown[],
  hint = 'to end it, call what it returns',
): void {
  if (given.length === 0 || given[0] === undefined) return;
  throw new InvalidOptionError(`${call} takes no options, and not ${shown(given[0])}; ${hint}`);
}

/** A hint for a caller with several payloads. */
export const ONE_PAYLOAD = 'give one payload, such as a list';

/** Refuses what is given beyond what a call takes. @throws InvalidOptionError */
export function checkNoMore(call: string, more: readonly unknown[], hint = 'leave it out'): void {
  for (const one of more) {
    if (one === undefined) continue;
    throw new InvalidOptionError(
      `${call} does not take so many arguments, and not ${shown(one)}; ${hint}`,
    );
  }
}

/** @throws InvalidOptionError */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw wrong(name, value, 'a function');
}

/** @throws InvalidOptionError */
export function checkFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw wrong(name, value, 'true or false');
}

/** @throws InvalidOptionError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (typeof (signal as Partial<AbortSignal>).throwIfAborted === 'function') return;
  throw wrong('signal', signal, 'an AbortSignal; of an AbortController, its signal');
}

/** @param wanted as in "milliseconds above 0". */
export function wrong(name: string, value: unknown, wanted: string): InvalidOptionError {
  return new InvalidOptionError(`Invalid ${name}: ${shown(value)}. Give ${wanted}`);
}
