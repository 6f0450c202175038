// Rate limits: the contract.

/** Three whole numbers of at least 1. */
export interface RateLimitRule {
  /** How many in `periodMs`, evenly: one more becomes available every `periodMs / limit`. */
  limit: number;
  periodMs: number;
  /** How many at once, by an id that has not taken any for long enough. Default: `limit`. */
  burst?: number | undefined;
}

export interface RateLimitVerdict {
  /** All of the cost was taken. If not, nothing was. */
  readonly allowed: boolean;
  /** How many could be taken now, after this call. Of several rules, by the strictest. */
  readonly remaining: number;
  /**
   * Milliseconds until the same call would be allowed, if nobody else takes any; not a millisecond more than needed. 0
   * where this one was, `Infinity` where the cost is above `burst`, or the id is blocked without end.
   */
  readonly retryAfterMs: number;
  /** Milliseconds until all of `burst` is available again; 0 where it is, `Infinity` where the id is blocked without end. */
  readonly resetMs: number;
}

export interface AcquireOptions {
  /** How many to take: a whole number of at least 1. Default 1. */
  cost?: number | undefined;
  /**
   * How long to wait at most, in milliseconds; `Infinity` waits without end. Where its turn comes later than that, it is
   * refused at once. Default: the store's `deadlineMs`.
   */
  waitMs?: number | undefined;
  /** Ends the wait, with its reason, and gives the turn back. */
  signal?: AbortSignal | undefined;
}

/**
 * A limit by the generic cell rate algorithm (GCRA), exact across processes: one transaction, or one script, each. With
 * several rules all of them hold: a call takes of each, or of none.
 *
 * An id is as a key is. What is kept of an id ends by itself as soon as all of its burst is available again.
 */
export interface RateLimit {
  /**
   * Takes `cost` (a whole number, default 1) for `id`, where so many are available by the clock of the machine
   * (embedded) or of the Redis server. A cost of 0 takes nothing, and says what a cost of 1 would hear.
   */
  take(id: string, cost?: number): Promise<RateLimitVerdict>;
  /** Takes nothing, and says what `take(id)` would hear. */
  peek(id: string): Promise<RateLimitVerdict>;
  /**
   * Waits until `cost` is available, and takes it: calls of all processes get their turns in the order in which they asked.
   * A turn is given in one step, so a process that dies while it waits costs the others its turn and no more.
   *
   * @throws LimitTimeoutError `MUSTER_LIMIT_TIMEOUT` where its turn would come after `waitMs`: nothing was taken; the reason of
   *   `signal` where that was aborted.
   */
  acquire(id: string, options?: AcquireOptions): Promise<RateLimitVerdict>;
  /** Makes all of `burst` available again and ends a block. Says whether there was something to forget. */
  reset(id: string): Promise<boolean>;
  /**
   * Refuses every take of `id` for that many milliseconds (above 0; `Infinity`: until `reset`), whatever is available. A
   * shorter block does not end a longer one. Turns that were given before are kept.
   */
  block(id: string, forMs: number): Promise<void>;
}
