// Rate limits: the contract.

/** Three whole numbers of at least 1. */
export interface RateLimitRule {
  /** Tokens for each `periodMs`, spread evenly: one becomes available every `periodMs / limit` milliseconds. */
  limit: number;
  periodMs: number;
  /** The most tokens that an id can have at one time. Default: `limit`. */
  burst?: number | undefined;
}

export interface RateLimitVerdict {
  /** Whether the whole cost was taken. If not, nothing was taken. */
  readonly allowed: boolean;
  /** How many tokens are left after this call; with several rules, by the strictest. */
  readonly remaining: number;
  /**
   * Milliseconds until the same call would be allowed if nobody else takes tokens, exact to the millisecond. 0 if this call was
   * allowed; `Infinity` if the cost is above `burst`, or the id is blocked without end.
   */
  readonly retryAfterMs: number;
  /** Milliseconds until all of `burst` is available again; 0 if it is, `Infinity` if the id is blocked without end. */
  readonly resetMs: number;
}

export interface AcquireOptions {
  /** How many tokens to take: a whole number of at least 1. Default 1. */
  cost?: number | undefined;
  /**
   * How long to wait at most, in milliseconds; `Infinity` waits without end. If its turn would come later than that, the call is
   * refused at once. Default: the store's `deadlineMs`.
   */
  waitMs?: number | undefined;
  /** Ends the wait and returns the tokens: the call rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * A rate limit by the generic cell rate algorithm (GCRA), exact across processes: each call is one transaction or one script.
 * With several rules a call takes tokens of each, or of none.
 *
 * The rules for ids are those of keys. The state of an id expires by itself when all of its burst is available again.
 */
export interface RateLimit {
  /**
   * Takes `cost` tokens (a whole number, default 1) for `id` if so many are available, by the clock of the machine (embedded)
   * or of the Redis server. A cost of 0 takes nothing, and returns the verdict that a cost of 1 would get.
   */
  take(id: string, cost?: number): Promise<RateLimitVerdict>;
  /** Returns the verdict that `take(id)` would get, and takes nothing. */
  peek(id: string): Promise<RateLimitVerdict>;
  /**
   * Waits until `cost` tokens are available, and takes them. The calls of all processes get their turns in the order in which
   * they asked. A call reserves its turn in one step, so a process that dies while it waits costs the others its turn and no
   * more.
   *
   * @throws LimitTimeoutError `MUSTER_LIMIT_TIMEOUT` if its turn would come after `waitMs`: nothing was taken; the reason of
   *   `signal` if that is aborted.
   *
   * @example
   * await mails.acquire('provider', { waitMs: 60_000 });
   * await send(mail);
   */
  acquire(id: string, options?: AcquireOptions): Promise<RateLimitVerdict>;
  /** Makes all of `burst` available again and ends a block. Resolves with whether the id had any state. */
  reset(id: string): Promise<boolean>;
  /**
   * Refuses every `take` of `id` for that many milliseconds (above 0; `Infinity`: until `reset`). A shorter block does not end a
   * longer one. Turns that were reserved before stay reserved.
   */
  block(id: string, forMs: number): Promise<void>;
}
