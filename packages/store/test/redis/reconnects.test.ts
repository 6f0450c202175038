// What ioredis does to a client by its failover detector: it ends, though its owner wants it.
import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { CLIENT_OPTIONS, RedisConnection } from '../../dist/redis/topology/connection.js';
import { TurnWrites } from '../../dist/redis/topology/turn-writes.js';
import { TrackingFeed } from '../../dist/redis/watch/tracking-feed.js';

function newClient(): Redis {
  const client = new Redis(inject('redisUrl'), CLIENT_OPTIONS);
  onTestFinished(() => client.disconnect());
  return client;
}

async function ended(client: Redis): Promise<void> {
  await vi.waitFor(() => expect(client.status).toBe('end'));
}

it('a connection whose client was ended is ready again, until it is closed', async () => {
  const client = newClient();
  const told: string[] = [];
  const listener = { connected: () => told.push('connected'), lost: () => told.push('lost') };
  const connection = new RedisConnection(client, 'test', new TurnWrites(), listener);
  connection.connect();
  await vi.waitFor(() => expect(connection.isReady).toBe(true));
  client.disconnect();
  await vi.waitFor(() => expect(told).toEqual(['connected', 'lost', 'connected']), 5_000);
  expect(await client.ping()).toBe('PONG');
  connection.close();
  await ended(client);
  expect(client.listenerCount('end')).toBe(0);
});

it('a connection that is retired ends for good', async () => {
  const client = newClient();
  const listener = { connected: () => {}, lost: () => {} };
  const connection = new RedisConnection(client, 'test', new TurnWrites(), listener);
  connection.connect();
  await vi.waitFor(() => expect(connection.isReady).toBe(true));
  connection.retire();
  await ended(client);
  expect(client.listenerCount('end')).toBe(0);
});

it('a feed whose client was ended is live again, and says that there was a gap', async () => {
  const client = newClient();
  const told: boolean[] = [];
  const feed = new TrackingFeed(client, ['reconnect:'], {
    live: (isAgain) => told.push(isAgain),
    changed: () => {},
  });
  await vi.waitFor(() => expect(feed.isLive).toBe(true));
  client.disconnect();
  await vi.waitFor(() => expect(told).toEqual([false, true]), 5_000);
  feed.close();
  await ended(client);
  expect(client.listenerCount('end')).toBe(0);
});
