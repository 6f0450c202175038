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
  /** How many could be taken now, after this call. */
  readonly remaining: number;
  /**
   * Milliseconds until the same call would be allowed, if nobody else takes any; not a millisecond more than needed. 0
   * where this one was, `Infinity` where the cost is above `burst` and never can be.
   */
  readonly retryAfterMs: number;
  /** Milliseconds until all of `burst` is available again; 0 where it is. */
  readonly resetMs: number;
}

/** A limit by the generic cell rate algorithm (GCRA), exact across processes: one transaction, or one script, each. */
export interface RateLimit {
  /**
   * Takes `cost` (a whole number, default 1) for `id`, where so many are available by the clock of the machine
   * (embedded) or of the Redis server. A cost of 0 takes nothing, and says what a cost of 1 would hear. An id is as a
   * key is. What is kept of an id ends by itself as soon as all of its burst is available again.
   */
  take(id: string, cost?: number): Promise<RateLimitVerdict>;
}
