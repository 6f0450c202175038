// Sorted sets: the contract.
//
// Members are ordered by their scores, and members with the same score by their UTF-8 bytes. The rules for members are those of keys. A
// score is any finite number; -0 counts as 0. A set without members does not exist. Members do not expire: to remove members at a
// time, use that time as their score and call `removeRange`.

export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** The members whose scores are from `min` to `max`, both included. */
export interface ScoreRange {
  by: 'score';
  /** Default: `-Infinity`. */
  min?: number | undefined;
  /** Default: `Infinity`. */
  max?: number | undefined;
  /** From the highest to the lowest. Default: false. */
  reverse?: boolean | undefined;
  /** The most members to return or remove: a whole number of at least 1. Default: all. */
  limit?: number | undefined;
}

/** The members from a rank on. */
export interface RankRange {
  by: 'rank';
  /** The rank of the first member, a whole number of at least 0. Default 0: the lowest score, or with `reverse` the highest. */
  start?: number | undefined;
  reverse?: boolean | undefined;
  limit?: number | undefined;
}

/**
 * Each call is one atomic step, on every engine. On the embedded engine `add`, `increment` and `remove` take as long as one or two
 * writes of the store, however many members there are. `rank`, and a range far from the first member, take longer the more
 * members come before.
 *
 * @example
 * const board = store.sortedSet('board');
 * await board.add('ada', 120);
 * await board.range({ by: 'rank', limit: 10, reverse: true }); // the ten highest scores
 */
export interface SortedSet {
  /** Sets the score of the member. Resolves with whether the member is new. */
  add(member: string, score: number): Promise<boolean>;
  /**
   * Adds `by` (default 1) to the score of the member and returns the new score. A new member starts at 0.
   *
   * @throws WrongTypeError `MUSTER_WRONG_TYPE` if the sum would not be finite.
   */
  increment(member: string, by?: number): Promise<number>;
  /** `undefined` if it is not a member. */
  score(member: string): Promise<number | undefined>;
  /** How many members come before it: 0 for the first. `undefined` if it is not a member. */
  rank(member: string, options?: { reverse?: boolean | undefined }): Promise<number | undefined>;
  /** Members with their scores, in order. */
  range(range: ScoreRange | RankRange): Promise<ScoredMember[]>;
  /** Resolves with whether it was a member. */
  remove(member: string): Promise<boolean>;
  /** Removes the members that `range` would return. Resolves with how many. */
  removeRange(range: ScoreRange | RankRange): Promise<number>;
  /** The number of members, or of members with a score from `min` to `max`. */
  count(scores?: { min?: number | undefined; max?: number | undefined }): Promise<number>;
}
