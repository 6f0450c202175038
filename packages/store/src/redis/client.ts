// The parts of an ioredis client that a store needs.

/**
 * An ioredis client, version 5 or 6. The store opens connections of its own with the client's options, and does not use the client
 * itself.
 */
export interface RedisClient {
  readonly isCluster: boolean;
  readonly options: object;
  duplicate(...args: never[]): unknown;
}
