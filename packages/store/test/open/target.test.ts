import { resolve } from 'node:path';
import { createSharedStore, resolveStoreTarget } from '@muster/store';
import { inMemory } from '@muster/store/engine';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
});

const path = resolve('.muster/store');

describe('the engine is chosen by', () => {
  it.each([
    ['nothing', {}, {}, `lmdb:${path}`],
    ['empty variables', {}, { REDIS_URL: '', MUSTER_STORE_URL: '' }, `lmdb:${path}`],
    ['REDIS_URL', {}, { REDIS_URL: 'redis://a' }, 'redis://a'],
    [
      'MUSTER_STORE_URL first',
      {},
      { REDIS_URL: 'redis://a', MUSTER_STORE_URL: 'lmdb:/b' },
      'lmdb:/b',
    ],
    [
      'its own REDIS_URL in what a worker has started',
      {},
      { REDIS_URL: 'redis://a', MUSTER_STORE_URL: 'lmdb:/b', MUSTER_SLOT: '0' },
      'redis://a',
    ],
    [
      'the store of the worker in what that has started, without one of its own',
      {},
      { MUSTER_STORE_URL: 'lmdb:/b', MUSTER_SLOT: '0' },
      'lmdb:/b',
    ],
    [
      'the url option first',
      { url: 'rediss://c:1/2' },
      { MUSTER_STORE_URL: 'lmdb:/b' },
      'rediss://c:1/2',
    ],
    [
      'the redis option first',
      { redis: 'redis://d' },
      { MUSTER_STORE_URL: 'lmdb:/b' },
      'redis://d',
    ],
    ['a relative path', { url: 'lmdb:some where/é' }, {}, `lmdb:${resolve('some where/é')}`],
  ])('%s', (_, options, env, url) => {
    vi.stubEnv('REDIS_URL', '');
    vi.stubEnv('MUSTER_STORE_URL', '');
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const target = resolveStoreTarget(options);
    expect(target.url).toBe(url);
    expect(target.engine).toBe(url.startsWith('lmdb') ? 'embedded' : 'redis');
    // But for whether somebody said so.
    expect({ isDefault: undefined, ...resolveStoreTarget({ url }) }).toEqual({
      ...target,
      isDefault: undefined,
    });
    expect(createSharedStore(options).engine).toBe(target.engine);
  });

  it('a URL in memory, or an engine', async () => {
    expect(resolveStoreTarget({ url: 'memory:' })).toMatchObject({
      engine: 'memory',
      url: 'memory:',
    });
    const engine = inMemory({ kind: 'mine' });
    expect(resolveStoreTarget({ engine })).toMatchObject({ engine: 'own', url: undefined });
    expect(createSharedStore({ engine }).engine).toBe('mine');
  });

  it('a client', () => {
    const redis = new Redis({ lazyConnect: true });
    expect(resolveStoreTarget({ redis })).toMatchObject({ engine: 'redis', url: undefined });
  });
});

it('the label has no secret in it', () => {
  for (const url of ['redis://:secret@host:6380/1', 'rediss://user:secret@host?password=secret']) {
    const { label } = resolveStoreTarget({ url });
    expect(label).not.toContain('secret');
    expect(label).toContain('host');
  }
});

describe('an option that names no engine is refused:', () => {
  it.each([
    ['a scheme that is not supported', { url: 'mysql://host' }],
    ['no URL', { url: 'host:secret' }],
    ['no URL at all', { url: 'secret' }],
    ['no folder', { url: 'lmdb:' }],
    ['both options', { url: 'redis://a', redis: 'redis://a' }],
    ['no client', { redis: {} as Redis }],
    ['two of them', { url: 'redis://a', engine: inMemory({ kind: 'mine' }) }],
    ['no engine', { engine: 'redis' as never }],
    ['an engine without a kind', { engine: { open: () => {} } as never }],
    ['a kind that is taken', { engine: inMemory({ kind: 'redis' }) }],
    ['no deadline', { deadlineMs: 0 }],
    ['no limit', { maxValueBytes: Number.NaN }],
    ['no prefix', { keyPrefix: 1 as unknown as string }],
  ])('%s', (_, options) => {
    const failure = expect(() => createSharedStore(options));
    failure.toThrow(expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }));
    failure.not.toThrow(/secret/);
  });
});
