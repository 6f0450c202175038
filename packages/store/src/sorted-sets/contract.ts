// Sorted sets: the contract.
//
// Members are in the order of their scores, and those of one score in the order of their UTF-8 bytes. A member is as a key is;
// a score is any finite number, and a score of -0 is 0. A set that has no members is not there. Members do not expire: what is to go at a time has
// that time for its score, and `removeRange` takes it.

export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** Those whose scores are within `min` and `max`, both included. */
export interface ScoreRange {
  by: 'score';
  /** Default: `-Infinity`. */
  min?: number | undefined;
  /** Default: `Infinity`. */
  max?: number | undefined;
  /** From the highest to the lowest. Default: false. */
  reverse?: boolean | undefined;
  /** How many at most: a whole number of at least 1. Default: all. */
  limit?: number | undefined;
}

/** Those from a place on. */
export interface RankRange {
  by: 'rank';
  /** The first one's place, a whole number of at least 0. Default 0: the one of the lowest score, or of the highest in `reverse`. */
  start?: number | undefined;
  reverse?: boolean | undefined;
  limit?: number | undefined;
}

/**
 * Each call is one step, on every engine. On the embedded one `add`, `increment` and `remove` take as long as a write or two
 * of the store, however many members there are; a rank, and a place far from the first, are counted to.
 */
export interface SortedSet {
  /** Gives the member that score. Says whether it is new. */
  add(member: string, score: number): Promise<boolean>;
  /**
   * Adds `by` (default 1) to the score of the member, which is 0 where it is new, and returns the new one.
   *
   * @throws WrongTypeError `MUSTER_WRONG_TYPE` where that would not be finite
   */
  increment(member: string, by?: number): Promise<number>;
  /** `undefined` for what is no member. */
  score(member: string): Promise<number | undefined>;
  /** How many are before it: 0 for the first. `undefined` for what is no member. */
  rank(member: string, options?: { reverse?: boolean | undefined }): Promise<number | undefined>;
  /** Members with their scores, in order. */
  range(range: ScoreRange | RankRange): Promise<ScoredMember[]>;
  /** Says whether it was a member. */
  remove(member: string): Promise<boolean>;
  /** Removes those that `range` would give. Says how many. */
  removeRange(range: ScoreRange | RankRange): Promise<number>;
  /** How many members there are, or how many of them have a score within `min` and `max`. */
  count(scores?: { min?: number | undefined; max?: number | undefined }): Promise<number>;
}
