/// <reference lib="esnext.disposable" preserve="true" />

// Locks, semaphores and leaders: the contract.
//
// - Of a lock there is one holder at a time, of a semaphore as many as it has permits, by the clock of the store.
// - A holder's `signal` is aborted before its lease can end, also where its event loop was blocked meanwhile.
// - The processes that wait are served in turn; so are those that wait in one process. One that is gone, or does not come when it
//   is its turn, holds up the others for no longer than a lease and 100 ms.
// - When a worker of a cluster dies, what it held is free at once. Elsewhere it is when the lease ends.
// - Work that must not be done by two at once even so (a paused process does not see its signal) is for the token: give it
//   along, and let the other side refuse a lower one than it has seen. `set` does that with `fence`.

export interface LockOptions {
  /**
   * The lease: how long others wait where this process is gone without a word. Milliseconds, 10 to 86,400,000. While the
   * lock is held, its lease is extended by itself, every third of this. Default 10,000.
   */
  ttlMs?: number | undefined;
  /**
   * How long to wait for it, in milliseconds: `MUSTER_LOCK_TIMEOUT` after that. 0 asks once; `Infinity` waits without
   * end. Default: the store's `deadlineMs`.
   */
  waitMs?: number | undefined;
  /** Ends the wait, with its reason. Once the lock is held, it changes nothing any more. */
  signal?: AbortSignal | undefined;
}

/** A lock, permit or leadership that is held. */
export interface Lock extends AsyncDisposable {
  readonly name: string;
  /**
   * The fencing token, a safe integer above 0: each one that is given out under this name is greater than those before, also
   * after leases have ended, stores were emptied, the time was set, or a server took over whose clock is behind. (It counts the
   * milliseconds since 1970, or on where those do not do.)
   */
  readonly token: number;
  /**
   * Aborted when the lock is not held any more, or not for certain: with a `LockLostError`, in time before its lease can
   * end; and by `release()`. `aborted` looks at the clock, so it is right also in the first line that runs after the event
   * loop was blocked.
   */
  readonly signal: AbortSignal;
  /**
   * Gives the lock back, and says whether it was still held. May be called again. Where the store does not answer, it
   * rejects, and the lock is given back as soon as it can be, or ends with its lease.
   *
   * @throws StoreError
   */
  release(): Promise<boolean>;
  /** As `release`, and leaves it to the lease where the store does not answer. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SemaphoreRule {
  /** How many hold it at once: a whole number of at least 1. It is that of each call; who holds a permit keeps it. */
  permits: number;
}

export interface Semaphore {
  /** Waits for a permit. Options and errors are those of `lock`. */
  acquire(options?: LockOptions): Promise<Lock>;
  /** Runs `fn` while holding a permit, as `withLock` does. */
  withPermit<Result>(
    fn: (permit: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>;
}

/**
 * Held by many readers at once, or by one writer alone. All who wait are served in turn: a reader that comes after a writer
 * waits behind it, so no stream of readers keeps a writer out. Options, errors, leases and tokens are those of `lock`. It is
 * not re-entrant: a reader that asks for `write` waits for itself.
 */
export interface ReadWriteLock {
  /** Waits until no writer holds it, nor waits before this call. */
  read(options?: LockOptions): Promise<Lock>;
  /** Waits until nobody else holds it. */
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
  /** As of a lock. Default 10,000. */
  ttlMs?: number | undefined;
  /** Ends the leadership as `stop()` does. */
  signal?: AbortSignal | undefined;
}

/**
 * A part in an election. The leader's `fn` gets what it holds: a token, and a `signal` that is aborted when it has to stop. When
 * `fn` has settled, the leadership is given up, and this process is a candidate again, after a second, so that others
 * come first. Where the store cannot be reached, nobody is elected; it is tried again until it can be.
 *
 * What `fn` throws is told as a process warning (`MUSTER_LISTENER_FAILED`), unless its `signal` was aborted before. It keeps the
 * process alive until it is stopped, or its store is closed.
 */
export interface Leadership extends AsyncDisposable {
  /** Whether this process leads now. */
  readonly isLeader: boolean;
  /** Aborts the signal of `fn`, waits for it to settle, and gives the leadership up. */
  stop(): Promise<void>;
}
