// One Redis for all tests of a vitest run: `inject('redisUrl')` in a test gives its URL.
// It is shared and never flushed: a test keeps to a random key prefix of its own.

import { Redis } from 'ioredis';
import type { TestProject } from 'vitest/node';
import { startRedis } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the shared Redis: `REDIS_URL` where the run was given one, else a server that this run started. */
    redisUrl: string;
  }
}

export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.REDIS_URL;
  // Out of the tests' environment: "Redis when REDIS_URL is set" must depend on what a test sets, not on its caller.
  delete process.env.REDIS_URL;
  if (given) {
    await mustAnswer(given);
    project.provide('redisUrl', given);
    return undefined;
  }
  const server = await startRedis();
  project.provide('redisUrl', server.url);
  return () => server.stop();
}

async function mustAnswer(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, retryStrategy: null });
  // The reason is in what connect() rejects with; unlistened-to, ioredis prints it as well.
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    throw new Error(
      `REDIS_URL is set to ${url}, where no Redis answers: start it, or unset REDIS_URL`,
      { cause },
    );
  } finally {
    redis.disconnect();
  }
}
