// A read-write lock is a semaphore: a reader takes one permit, a writer takes all of them.
import { checkFunction } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import type { StoreContext } from '../store-context.js';
import type { Lock, LockOptions, ReadWriteLock } from './contract.js';
import { leaseKey } from './leases/options.js';
import { acquireLock, holding, type LockTarget } from './lock.js';

/** More than there will ever be readers. */
const PERMITS = 1_000_000;

const CALLS = {
  read: { takes: 1 },
  write: { takes: 1 },
  withRead: { takes: 2 },
  withWrite: { takes: 2 },
} as const;

export class SharedReadWriteLock implements ReadWriteLock {
  static {
    publishCalls(
      SharedReadWriteLock.prototype,
      'readWriteLock.',
      CALLS,
      (lock) => lock.#context.kind,
    );
  }

  readonly #context: StoreContext;
  readonly #reader: LockTarget;
  readonly #writer: LockTarget;

  /** @throws InvalidOptionError */
  constructor(context: StoreContext, name: string) {
    this.#context = context;
    this.#reader = { key: leaseKey('read-write-lock', name), name, permits: PERMITS };
    this.#writer = { ...this.#reader, takesAll: true };
  }

  read(options?: LockOptions): Promise<Lock> {
    return acquireLock(this.#context, this.#reader, options);
  }

  write(options?: LockOptions): Promise<Lock> {
    return acquireLock(this.#context, this.#writer, options);
  }

  async withRead<Result>(
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result> {
    checkFunction('withRead runs', fn);
    return holding(await acquireLock(this.#context, this.#reader, options), fn);
  }

  async withWrite<Result>(
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result> {
    checkFunction('withWrite runs', fn);
    return holding(await acquireLock(this.#context, this.#writer, options), fn);
  }
}
