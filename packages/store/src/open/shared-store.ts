// createSharedStore(): checks the options, and puts a store together.
import { shown } from '@muster/codec/options';
import { CloseSignal } from '../api/close-signal.js';
import { countFault } from '../api/public-calls.js';
import { checkFlag, checkGiven, OPTIONS } from '../api/strict-options.js';
import type { Durability, EngineOptions } from '../engine.js';
import { ValueCodec } from '../entries/value-codec.js';
import { InvalidOptionError } from '../errors.js';
import { Leases } from '../locks/leases/leases.js';
import type { SharedStore } from '../store.js';
import type { StoreContext } from '../store-context.js';
import { Updates } from '../values/updates.js';
import { EngineLifecycle } from './engine-lifecycle.js';
import { RootView } from './root-view.js';
import { resolveStoreTarget, type StoreTarget, type TargetOptions } from './target.js';

export interface SharedStoreOptions extends TargetOptions {
  /** Redis: what every key of this store starts with. Default `muster:`. */
  keyPrefix?: string | undefined;
  /** Every call settles within this. Default 5,000. */
  deadlineMs?: number | undefined;
  /** Bytes of UTF-8 of an encoded value. Default 16 MiB. */
  maxValueBytes?: number | undefined;
  /** Embedded: bytes of the data file, above which writes fail with `MUSTER_STORE_FULL`. Default 1 GiB. */
  maxBytes?: number | undefined;
  /**
   * Embedded: what an acknowledged write outlives. `process` (default): every crash of a process. `disk`: a crash of the
   * machine, too; each write then waits for the disk, which takes milliseconds.
   */
  durability?: Durability | undefined;
  /**
   * Embedded: whether each entry is written with a checksum, and checked by it when it is read. An entry that a damaged file
   * would give wrongly is `MUSTER_CORRUPT_VALUE` then. Default: false. See the guide for what it costs.
   */
  checksums?: boolean | undefined;
}

const DEFAULTS = {
  keyPrefix: 'muster:',
  deadlineMs: 5_000,
  maxValueBytes: 16 * 1024 ** 2,
  maxBytes: 1024 ** 3,
};

/**
 * A store that all processes of the cluster share. Returns at once; the first call opens the engine, and all stores
 * of one process with the same target share it. Close every store that was made.
 *
 * @throws InvalidOptionError where the options contradict each other or name no engine.
 */
export function createSharedStore(options?: SharedStoreOptions): SharedStore;
export function createSharedStore(
  options: SharedStoreOptions = {},
  ...more: unknown[]
): SharedStore {
  const fault = countFault('createSharedStore()', [options, ...more], { takes: 1 });
  if (fault) throw fault;
  checkGiven('createSharedStore()', options, OPTIONS.store);
  const { keyPrefix = DEFAULTS.keyPrefix } = options;
  if (typeof keyPrefix !== 'string') {
    throw new InvalidOptionError(`keyPrefix is a text, and not ${shown(keyPrefix)}`);
  }
  const deadlineMs = atLeastOne('deadlineMs', options.deadlineMs);
  const maxValueBytes = atLeastOne('maxValueBytes', options.maxValueBytes);
  const maxBytes = atLeastOne('maxBytes', options.maxBytes);
  const { durability = 'process' } = options;
  if (durability !== 'process' && durability !== 'disk') {
    throw new InvalidOptionError(`durability is 'process' or 'disk', and not ${shown(durability)}`);
  }
  checkFlag('checksums', options.checksums);
  const { checksums = false } = options;
  const engineOptions = { keyPrefix, deadlineMs, maxBytes, durability, checksums };
  const target = resolveStoreTarget(options);
  const unprefixed = () => storeAt(target, { ...engineOptions, keyPrefix: '' }, maxValueBytes);
  const isPrefixDefault = options.keyPrefix === undefined && target.engine === 'redis';
  return storeAt(target, engineOptions, maxValueBytes, isPrefixDefault ? unprefixed : undefined);
}

function storeAt(
  target: StoreTarget,
  engineOptions: EngineOptions,
  maxValueBytes: number,
  unprefixed?: () => RootView,
): RootView {
  const { deadlineMs } = engineOptions;
  const leases = new Leases();
  const lifecycle = new EngineLifecycle(target, engineOptions, () => leases.lose());
  const codec = new ValueCodec(maxValueBytes);
  const context: StoreContext = {
    kind: lifecycle.kind,
    withEngine: (use) => lifecycle.withEngine(use),
    engine: () => lifecycle.engine(),
    isDegraded: () => lifecycle.status.current === 'degraded',
    codec,
    updates: new Updates(deadlineMs),
    leases,
    deadlineMs,
    closeSignal: new CloseSignal(),
    clear: (prefix) => lifecycle.clear(prefix),
  };
  return new RootView(lifecycle, context, unprefixed);
}

function atLeastOne(
  name: 'deadlineMs' | 'maxValueBytes' | 'maxBytes',
  value: number = DEFAULTS[name],
): number {
  if (typeof value === 'number' && value >= 1) return value;
  throw new InvalidOptionError(`${name} must be a number of at least 1, and is ${shown(value)}`);
}
