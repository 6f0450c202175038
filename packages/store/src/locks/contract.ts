/// <reference lib="esnext.disposable" preserve="true" />

// Locks, semaphores and leaders: the contract.
//
// - A lock has one holder at a time, a semaphore as many as it has permits, by the clock of the store.
// - A holder's `signal` is aborted before its lease can end, even if its event loop was blocked meanwhile.
// - Waiting processes are served in turn, and so are waiting calls of one process. A waiter that is gone, or does not come when it
//   is its turn, delays the others by no more than a lease and 100 ms.
// - When a worker of a cluster dies, its locks are free at once. Elsewhere they are free when their leases end.
// - A paused process does not see its signal. Work that must not run twice even then needs the fencing token: pass it along, and
//   let the other side refuse a token lower than one it has seen. `set` does that with `fence`.

export interface LockOptions {
  /**
   * The lease: how long others wait if this process disappears without releasing the lock. Milliseconds, 10 to 86,400,000. While
   * the lock is held, the store extends the lease every third of this time. Default 10,000.
   */
  ttlMs?: number | undefined;
  /**
   * How long to wait for the lock, in milliseconds; then the call rejects with `MUSTER_LOCK_TIMEOUT`. 0 asks once, `Infinity`
   * waits without end. Default: the store's `deadlineMs`.
   */
  waitMs?: number | undefined;
  /** Ends the wait: the call rejects with its reason. It has no effect once the lock is held. */
  signal?: AbortSignal | undefined;
}

/** A lock, permit or leadership that this process holds. */
export interface Lock extends AsyncDisposable {
  readonly name: string;
  /**
   * The fencing token, a safe integer above 0. Each token of this name is greater than all earlier ones, also after leases have
   * ended, stores were emptied, the time was set, or a server with a slow clock took over. (It is the time in milliseconds since
   * 1970, or the last token plus one if that is greater.)
   */
  readonly token: number;
  /**
   * Aborted with a `LockLostError` before the lease can end, as soon as the lock is no longer held for certain, and by
   * `release()`. `aborted` looks at the clock, so it is right even in the first line that runs after the event loop was
   * blocked.
   */
  readonly signal: AbortSignal;
  /**
   * Releases the lock. Resolves with whether it was still held. It may be called again. If the store does not answer, it rejects;
   * the store then keeps trying to release the lock until the lease ends.
   *
   * @throws StoreError
   */
  release(): Promise<boolean>;
  /** Like `release`, but resolves even if the store does not answer. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SemaphoreRule {
  /** How many calls hold a permit at once: a whole number of at least 1. Each call applies its own; permits that are held stay held. */
  permits: number;
}

export interface Semaphore {
  /** Waits for a permit. Options and errors are those of `lock`. */
  acquire(options?: LockOptions): Promise<Lock>;
  /** Runs `fn` while holding a permit, as `withLock` does with a lock. */
  withPermit<Result>(
    fn: (permit: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
}

/**
 * Many readers hold it at once, or one writer alone. Waiting calls are served in turn: a reader that comes after a writer waits
 * behind it, so a stream of readers cannot keep a writer out. Options, errors, leases and tokens are those of `lock`. It is not
 * re-entrant: a reader that asks for `write` waits for itself.
 */
export interface ReadWriteLock {
  /** Waits until no writer holds it, and no writer has been waiting for longer. */
  read(options?: LockOptions): Promise<Lock>;
  /** Waits until no other call holds it. */
  write(options?: LockOptions): Promise<Lock>;
  /** Runs `fn` while holding it for reading, as `withLock` does. */
  withRead<Result>(
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
  /** Runs `fn` while holding it for writing, as `withLock` does. */
  withWrite<Result>(
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
}

export interface LeaderOptions {
  /** The lease, as for a lock. Default 10,000. */
  ttlMs?: number | undefined;
  /** Ends this part in the election, as `stop()` does. */
  signal?: AbortSignal | undefined;
}

/**
 * A part in an election. `fn` of the leader gets a lock with a token, and with a `signal` that is aborted when `fn` has to stop.
 * When `fn` has settled, the leadership ends. A second later this process is a candidate again, so others get their chance
 * first. While the store cannot be reached, nobody is elected; candidates keep trying.
 *
 * If `fn` throws, the error becomes a process warning (`MUSTER_LISTENER_FAILED`), unless its `signal` was aborted before. It keeps the
 * process alive until it is stopped, or its store is closed.
 */
export interface Leadership extends AsyncDisposable {
  /** Whether this process is the leader now. */
  readonly isLeader: boolean;
  /** Aborts the signal of `fn`, waits until `fn` has settled, and ends this part in the election. */
  stop(): Promise<void>;
}
