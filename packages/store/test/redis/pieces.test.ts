// What the Redis engine decides without a server.
import { describe, expect, it } from 'vitest';
import { PrefixIndex } from '../../dist/entries/prefix-index.js';
import { fromReply } from '../../dist/redis/calls/failure.js';
import { retryableReplyOf } from '../../dist/redis/calls/retryable-reply.js';
import { evictionIn } from '../../dist/redis/eviction.js';
import { hasMore, selfIn } from '../../dist/redis/topology/cluster-nodes.js';
import { parseRedisUrl, withoutSecrets } from '../../dist/redis/topology/url.js';
import { trackedPrefixes } from '../../dist/redis/watch/tracked-prefixes.js';

it.each([
  ['maxmemory:1048576\r\nmaxmemory_policy:allkeys-lru\r\n', 'allkeys-lru'],
  ['maxmemory:1048576\r\nmaxmemory_policy:volatile-ttl\r\n', 'volatile-ttl'],
  ['maxmemory:1048576\r\nmaxmemory_policy:noeviction\r\n', undefined],
  ['maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n', undefined],
  ['', undefined],
])('eviction in %j: %s', (info, policy) => {
  expect(evictionIn(info)).toBe(policy);
});

describe('URLs', () => {
  it('of Sentinels', () => {
    expect(
      parseRedisUrl(
        'rediss+sentinel://us%3Aer:p%40ss@a:1,[::1]:2,c/my%20master?db=7&sentinelPassword=s',
      ),
    ).toEqual({
      kind: 'sentinel',
      tls: true,
      endpoints: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
        { host: 'c', port: 26_379 },
      ],
      username: 'us:er',
      password: 'p@ss',
      masterName: 'my master',
      db: 7,
      sentinel: { username: undefined, password: 's' },
    });
  });

  it('of a Unix socket', () => {
    const path = '/run/a%20b/redis.sock';
    const socket = { kind: 'socket', path: '/run/a b/redis.sock', db: 0 };
    const nobody = { username: undefined, password: undefined };
    expect(parseRedisUrl(`redis+unix://${path}`)).toEqual({ ...socket, ...nobody });
    expect(parseRedisUrl(`redis+unix://us%3Aer:p%40ss@${path}?db=2`)).toEqual({
      ...socket,
      db: 2,
      username: 'us:er',
      password: 'p@ss',
    });
  });

  it('of a Cluster', () => {
    expect(parseRedisUrl('redis+cluster://:secret@a,b:7002')).toEqual({
      kind: 'cluster',
      tls: false,
      endpoints: [
        { host: 'a', port: 6_379 },
        { host: 'b', port: 7_002 },
      ],
      username: undefined,
      password: 'secret',
    });
  });

  it.each([
    ['a Cluster with a database', 'redis+cluster://a/1', 'no databases'],
    ['no host', 'redis+cluster://', 'form'],
    ['an empty host', 'redis+cluster://a,,b', 'host:port'],
    ['a port that is none', 'redis+cluster://a:70000', 'host:port'],
    ['no master name', 'redis+sentinel://a:1', 'name of the master'],
    ['a db that is no number', 'redis+sentinel://a/m?db=x', 'number of a database'],
    ['an unknown parameter', 'redis+cluster://a?tsl=1', '"tsl"'],
    ['a broken escape', 'redis+cluster://u:%zz@a', '%25'],
    ['another scheme', 'mysql://a', 'form'],
  ])('refused: %s', (_, url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(reason);
  });

  it('for people have no secret in them', () => {
    expect(withoutSecrets('redis+cluster://user:secret@a:1,b:2')).toBe(
      'redis+cluster://user:***@a:1,b:2',
    );
    expect(withoutSecrets('redis+sentinel://:secret@a/m?sentinelPassword=secret&db=1')).toBe(
      'redis+sentinel://:***@a/m?sentinelPassword=***&db=1',
    );
    expect(withoutSecrets('redis://a:6379/1')).toBe('redis://a:6379/1');
    expect(withoutSecrets('redis://:p:w@host')).toBe('redis://:***@host');
  });
});

describe('a reply that says that nothing was done', () => {
  it.each([
    [
      'MOVED 3999 10.0.0.1:6381',
      { kind: 'moved', slot: 3999, to: { host: '10.0.0.1', port: 6381 } },
    ],
    ['MOVED 1 :6381', { kind: 'moved', slot: 1, to: { host: 'asked', port: 6381 } }],
    ['ASK 1 2001:db8::1:6381', { kind: 'ask', to: { host: '2001:db8::1', port: 6381 } }],
    ['NOSCRIPT No matching script.', { kind: 'script' }],
    ["READONLY You can't write against a read only replica.", { kind: 'read-only' }],
    [
      "ERR Error running script (call to f_42): @user_script:1: @user_script: 1: -READONLY You can't write",
      { kind: 'read-only' },
    ],
    [
      "@user_script: 2: -READONLY You can't write against a read only replica.",
      { kind: 'read-only' },
    ],
    ['LOADING Redis is loading the dataset in memory', { kind: 'later' }],
    ['TRYAGAIN Multiple keys request during rehashing of slot', { kind: 'later' }],
    ['CLUSTERDOWN The cluster is down', { kind: 'later' }],
    ['OOM command not allowed', undefined],
    ['WRONGTYPE Operation against a key', undefined],
    ['ERR MOVED 1 a:1', undefined],
  ])('%s', (message, expected) => {
    expect(retryableReplyOf(new Error(message), 'asked')).toEqual(expected);
  });
});

describe('what a server of a Cluster says of itself', () => {
  it('is in the line that has it', () => {
    const nodes = [
      '07c3 127.0.0.1:30004@31004,host slave e7d1 0 1426238317239 4 connected',
      'e7d1 127.0.0.1:30001@31001,host myself,master - 0 0 7 connected 0-5460 9000 [93-<-07c3] [77->-67ed]',
      '67ed 127.0.0.1:30002@31002,host master - 0 1426238316232 2 connected 5461-8999',
      '',
    ].join('\n');
    const self = { configEpoch: '7', slots: '0-5460,9000', isTakingOver: true };
    expect(selfIn(nodes)).toEqual(self);
    const quiet = nodes.replace(' [93-<-07c3]', '');
    expect(selfIn(quiet)).toEqual({ ...self, isTakingOver: false });
    expect(selfIn('07c3 :0 myself,master - 0 0 0 connected\n').slots).toBe('');
  });

  it.each([
    ['0-5460,9000', '0-5460,9000', false],
    ['0-5459,9000', '0-5460,9000', false],
    ['', '0-5460', false],
    ['', '', false],
    ['0-5460,9000', '0-5460', true],
    ['5461', '0-5460', true],
    ['3', '', true],
    ['0-10,12-20', '0-9,11-20', true],
  ])('%s is more than %s: %s', (now, before, isMore) => {
    expect(hasMore(now, before)).toBe(isMore);
  });
});

describe('an error of a command that a script ran', () => {
  const around = 'ERR Error running script (call to f_c2cd5e95): @user_script:5: ';
  it.each([
    // Redis 7.0 and later.
    ['OOM command not allowed, on @user_script:5.', 'MUSTER_STORE_FULL'],
    ['WRONGTYPE Operation against a key, on @user_script:5.', 'MUSTER_WRONG_TYPE'],
    // Before.
    [`${around}@user_script: 5: -OOM command not allowed`, 'MUSTER_STORE_FULL'],
    [`${around}WRONGTYPE Operation against a key`, 'MUSTER_WRONG_TYPE'],
    // Before, where one script runs many calls.
    ['@user_script: 5: -OOM command not allowed', 'MUSTER_STORE_FULL'],
    [`${around}user_script:5: attempt to compare nil with number`, 'MUSTER_STORE_FAILED'],
    [`${around}ERR no OOM, no WRONGTYPE`, 'MUSTER_STORE_FAILED'],
  ])('%s', (message, code) => {
    expect(fromReply(new Error(message), ['set', 'key'])).toMatchObject({ code });
  });
});

describe('prefixes to track', () => {
  it('do not overlap', () => {
    expect(trackedPrefixes(['m:ab', 'm:a', 'm:b', 'm:a', 'm:bc'])).toEqual(['m:a', 'm:b']);
    expect(trackedPrefixes([])).toEqual([]);
    expect(trackedPrefixes(['', 'a'])).toEqual(['']);
  });

  it('are at most 16, and cover all: those that have most in common become one', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `m:sessions:${n}`);
    const few = Array.from({ length: 10 }, (_, n) => `m:${'abcdefghij'[n]}`);
    const tracked = trackedPrefixes([...many, ...few]);
    expect(tracked.length).toBeLessThanOrEqual(16);
    expect(tracked).toEqual(expect.arrayContaining(few));
    for (const prefix of many) expect(tracked.some((one) => prefix.startsWith(one))).toBe(true);
    for (const one of tracked) {
      expect(tracked.filter((other) => other.startsWith(one))).toEqual([one]);
    }
  });

  it('do not end within a character', () => {
    const emoji = Array.from({ length: 40 }, (_, n) => String.fromCodePoint(0x1f600 + n));
    for (const one of trackedPrefixes(emoji)) expect(one).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('who watches a name', () => {
  it('are those whose prefix it starts with, as long as they do', () => {
    const index = new PrefixIndex<{ prefix: string }>();
    const items = ['', 'a', 'a', 'a:1', 'a:12', 'b', 'ä'].map((prefix) => ({ prefix }));
    for (const item of items) index.add(item);
    const who = (name: string) => [...index.of(name)].map((item) => items.indexOf(item)).sort();
    expect(who('a:12x')).toEqual([0, 1, 2, 3, 4]);
    expect(who('a:1')).toEqual([0, 1, 2, 3]);
    expect(who('ä:')).toEqual([0, 6]);
    expect(who('')).toEqual([0]);
    for (const gone of [0, 1, 3, 3]) index.delete(items[gone] as { prefix: string });
    expect(who('a:12x')).toEqual([2, 4]);
    index.delete(items[2] as { prefix: string });
    expect(who('a:12x')).toEqual([4]);
    expect(who('c')).toEqual([]);
    index.clear();
    expect(who('b')).toEqual([]);
  });
});
