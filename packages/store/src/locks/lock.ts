// Locks and semaphores: leases under names.
import { shown } from '@muster/codec/options';
import { checkFunction } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { InvalidOptionError } from '../errors.js';
import type { StoreContext } from '../store-context.js';
import type { Lock, LockOptions, Semaphore } from './contract.js';
import type { Lease } from './leases/lease.js';
import { leaseTimes } from './leases/options.js';
import { RETAIN_MS } from './procedures/lease-state.js';

/** A lock, semaphore or read-write lock: the key of its state, and how many may hold it at once. */
export interface LockTarget {
  readonly key: string;
  readonly name: string;
  readonly permits: number;
  /** Whether it takes all permits. */
  readonly takesAll?: boolean;
}

export async function acquireLock(
  context: StoreContext,
  target: LockTarget,
  options: LockOptions | undefined,
): Promise<Lease> {
  const { leaseMs, waitMs } = leaseTimes(options, context.deadlineMs);
  // Field by field: spreads take as long as the rest of it.
  const { key, name, permits, takesAll } = target;
  const signal = options?.signal;
  const retainMs = RETAIN_MS;
  const request = { key, name, permits, takesAll, leaseMs, retainMs, waitMs, signal };
  return context.withEngine((engine) => context.leases.acquire(engine, request));
}

/** Runs `fn` while `lease` is held. */
export async function holding<Result>(
  lease: Lease,
  fn: (lock: Lock) => Result | Promise<Result>,
): Promise<Result> {
  try {
    const result = await fn(lease);
    if (!lease.isHeld) throw lease.signal.reason;
    return result;
  } finally {
    await lease.giveBack().catch(() => {});
  }
}

export class SharedSemaphore implements Semaphore {
  static {
    const calls = { acquire: { takes: 1 }, withPermit: { takes: 2 } };
    publishCalls(
      SharedSemaphore.prototype,
      'semaphore.',
      calls,
      (semaphore) => semaphore.#context.kind,
    );
  }

  readonly #context: StoreContext;
  readonly #target: LockTarget;

  /** @throws InvalidOptionError */
  constructor(context: StoreContext, target: LockTarget) {
    const { permits } = target;
    if (!Number.isSafeInteger(permits) || permits < 1) {
      throw new InvalidOptionError(
        `A semaphore has a whole number of permits of at least 1, and not ${shown(permits)}`,
      );
    }
    this.#context = context;
    this.#target = target;
  }

  acquire(options?: LockOptions): Promise<Lock> {
    return acquireLock(this.#context, this.#target, options);
  }

  async withPermit<Result>(
    fn: (permit: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result> {
    checkFunction('withPermit runs', fn);
    return holding(await acquireLock(this.#context, this.#target, options), fn);
  }
}

/**
 * Accepts a lock of another copy of this package, since an app and one of its libraries may have a copy each.
 *
 * @throws InvalidOptionError if it is not a lock of a store.
 */
export function leaseOf(lock: Lock): Pick<Lease, 'key' | 'id' | 'name'> {
  const { key, id, name, token } = (lock ?? {}) as Partial<Lease>;
  if (typeof key === 'string' && typeof id === 'string' && typeof name === 'string') {
    if (typeof token === 'number') return { key, id, name };
  }
  throw new InvalidOptionError(
    `fence is a lock from lock(), acquire() or leader(), and not ${shown(lock)}`,
  );
}
