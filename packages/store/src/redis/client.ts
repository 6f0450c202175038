// What of an ioredis client a store is opened with.

/**
 * An ioredis client, of version 5 or 6. The store connects with its options, by a connection of its own, and leaves the
 * client alone.
 */
export interface RedisClient {
  readonly isCluster: boolean;
  readonly options: object;
  duplicate(...args: never[]): unknown;
}
