// The options of a queue, checked, each with its value.
import { type OptionNames, shown } from '@muster/codec/options';
import { ownTextsOf, type Texts } from '@muster/store/procedures';
import { InvalidOptionError } from '../errors.js';
import type { Pace } from '../procedures/turn.js';
import type { Keeping, QueueLimit, QueueOptions } from '../queue.js';
import type { Keep } from '../state/trim.js';
import type { BackoffRule } from '../worker/backoff.js';
import { between, checkNames, checkText, whole, wholeOrInfinite } from './checks.js';

export interface ResolvedQueue {
  readonly name: string;
  readonly texts: Texts;
  readonly attempts: number;
  readonly backoff: BackoffRule;
  readonly leaseMs: number;
  readonly maxJobs: number;
  readonly maxBytes: number;
  readonly keepDone: Keep;
  readonly keepFailed: Keep;
  readonly pace: Pace;
  /** 0 for no bound. */
  readonly maxRunning: number;
}

const NAMES: OptionNames = {
  known: new Set([
    ...['store', 'name', 'attempts', 'backoff', 'leaseMs', 'maxJobs', 'maxBytes'],
    ...['keepDone', 'keepFailed', 'limit', 'maxRunning'],
  ]),
  advice: {
    connection: 'give store: createSharedStore({ url })',
    redis: 'give store: createSharedStore({ redis })',
    url: 'give store: createSharedStore({ url })',
    concurrency: 'that is an option of work(); for all workers together it is maxRunning',
    removeOnComplete: 'did you mean keepDone?',
    removeOnFail: 'did you mean keepFailed?',
    limiter: 'did you mean limit: { limit, periodMs }?',
    defaultJobOptions: 'attempts and backoff are options of the queue itself',
    lockDuration: 'did you mean leaseMs, in milliseconds?',
  },
};
const BACKOFF: OptionNames = {
  known: new Set(['delayMs', 'factor', 'maxMs', 'jitter']),
  advice: { delay: 'did you mean delayMs, in milliseconds?', type: 'a factor of 1 makes it fixed' },
};
const KEEPING: OptionNames = {
  known: new Set(['count', 'forMs']),
  advice: { age: 'did you mean forMs, in milliseconds?' },
};
const LIMIT: OptionNames = {
  known: new Set(['limit', 'periodMs', 'burst']),
  advice: { max: 'did you mean limit?', duration: 'did you mean periodMs, in milliseconds?' },
};

const DAY_MS = 86_400_000;
const MOST = Number.MAX_SAFE_INTEGER;
export const NAME_BYTES = 128;

/** @param kind the part of the store in which its jobs are. @throws InvalidOptionError, InvalidOptionError of the store */
export function resolveQueue(options: QueueOptions, kind = 'queue'): ResolvedQueue {
  checkNames('createQueue()', options, NAMES);
  const { name, attempts = 3, leaseMs = 30_000, maxJobs = 10_000_000 } = options;
  const { maxBytes = 1024 ** 3, keepDone = { count: 1_000, forMs: 3_600_000 } } = options;
  const { maxRunning } = options;
  return {
    name: checkText('The name of a queue', name, NAME_BYTES),
    texts: textsIn(options.store, kind),
    attempts: whole('attempts', attempts, { min: 1, max: MOST }),
    backoff: backoffOf(options.backoff ?? {}),
    leaseMs: whole('leaseMs', leaseMs, { min: 100, max: DAY_MS }),
    maxJobs: wholeOrInfinite('maxJobs', maxJobs, 1),
    maxBytes: wholeOrInfinite('maxBytes', maxBytes, 1),
    keepDone: keepDone === false ? { count: 0, forMs: 0 } : keepingOf('keepDone', keepDone),
    keepFailed: keepingOf('keepFailed', options.keepFailed ?? {}),
    pace: options.limit === undefined ? { intervalUs: 0, burst: 1 } : paceOf(options.limit),
    maxRunning:
      maxRunning === undefined ? 0 : whole('maxRunning', maxRunning, { min: 1, max: MOST }),
  };
}

/** @throws InvalidOptionError if this is not a store, or if it is of another copy of the package. */
export function textsIn(store: unknown, kind: string): Texts {
  const { namespace, withLock } = (store ?? {}) as Record<string, unknown>;
  if (typeof namespace === 'function' && typeof withLock === 'function') {
    return ownTextsOf(store as QueueOptions['store'], kind);
  }
  throw new InvalidOptionError(
    `store is what createSharedStore() returns, and not ${shown(store)}; it is where the jobs are kept`,
  );
}

function backoffOf(given: unknown): BackoffRule {
  checkNames('backoff', given, BACKOFF);
  const {
    delayMs = 1_000,
    factor = 2,
    maxMs = 3_600_000,
    jitter = 0.5,
  } = given as Record<string, unknown>;
  return {
    delayMs: whole('backoff.delayMs', delayMs, { min: 0, max: MOST }),
    factor: between('backoff.factor', factor, { min: 1, max: 1_000 }),
    maxMs: whole('backoff.maxMs', maxMs, { min: 0, max: MOST }),
    jitter: between('backoff.jitter', jitter, { min: 0, max: 1 }),
  };
}

function keepingOf(name: string, given: Keeping): Keep {
  checkNames(name, given, KEEPING);
  const { count = Infinity, forMs = Infinity } = given;
  return {
    count: wholeOrInfinite(`${name}.count`, count, 0),
    forMs: wholeOrInfinite(`${name}.forMs`, forMs, 0),
  };
}

function paceOf(given: QueueLimit): Pace {
  checkNames('limit', given, LIMIT);
  const limit = whole('limit.limit', given.limit, { min: 1, max: 1_000_000 });
  const periodMs = whole('limit.periodMs', given.periodMs, { min: 1, max: 366 * DAY_MS });
  const burst = whole('limit.burst', given.burst ?? limit, { min: 1, max: 1_000_000 });
  return { intervalUs: Math.max(Math.ceil((periodMs * 1_000) / limit), 1), burst };
}
