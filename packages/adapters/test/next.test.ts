// Next's contracts of its cache handlers, of several handlers as if each were in a worker of its own.
import {
  createCacheHandler,
  createUseCacheHandler,
  type RouteCacheHandler,
  type UseCacheEntry,
} from '@muster/adapters/next';
import type { CacheHandler } from 'next/dist/server/lib/cache-handlers/types.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshnessOf } from '../dist/next/tags.js';
import { engines, openStore } from './support/stores.js';

const FETCH = { kind: 'FETCH', tags: ['posts'], softTags: [] };
const fetched = (body: string) => ({
  kind: 'FETCH',
  data: { headers: {}, body, url: 'http://a' },
  revalidate: 60,
});
const asFetch = { fetchCache: true, tags: ['posts'] };

const page = (html: string, tags = 'posts,_N_T_/posts') => ({
  kind: 'APP_PAGE',
  html,
  rscData: Buffer.from('rsc'),
  headers: { 'x-next-cache-tags': tags },
  postponed: undefined,
  status: 200,
  segmentData: new Map([['/_tree', Buffer.from('tree')]]),
});

const streamOf = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(Buffer.from(part));
      controller.close();
    },
  });

const entry = (text: string, changes: Partial<UseCacheEntry> = {}): UseCacheEntry => ({
  value: streamOf(...text),
  tags: ['posts'],
  stale: 30,
  timestamp: Date.now(),
  expire: 3600,
  revalidate: 900,
  ...changes,
});

const textOf = async (found: UseCacheEntry | undefined) =>
  found && new Response(found.value).text();

/** Revalidations are told apart from what is cached by the millisecond. */
const nextMillisecond = async () => {
  const now = Date.now();
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
};

type Three<Handler> = readonly [Handler, Handler, Handler];

const three = <Handler>(make: () => Handler): Three<Handler> => [make(), make(), make()];

describe('the freshness of an entry from 100, at 200', () => {
  it.each([
    [[undefined, {}], 'fresh'],
    [[{ stale: 99, expired: 99 }], 'fresh'],
    [[{ stale: 100 }], 'stale'],
    [[{ expired: 100 }], 'expired'],
    [[{ stale: 150 }, { expired: 150 }], 'expired'],
    [[{ stale: 150, expired: 201 }], 'stale'],
    [[{ stale: 150, expired: 200 }], 'expired'],
  ])('with %j is %s', (tags, expected) => {
    expect(freshnessOf(tags, 100, 200)).toBe(expected);
  });
});

describe.each(engines)('on the engine %s', (engine) => {
  let handlers: (namespace: string) => Three<RouteCacheHandler>;
  let useHandlers: (namespace: string) => Three<CacheHandler>;

  beforeAll(async () => {
    const store = await openStore(engine);
    handlers = (namespace) =>
      three(() => new (createCacheHandler({ store, namespace }))({ revalidatedTags: [] }));
    // The type says that they are what Next wants.
    useHandlers = (namespace) => three(() => createUseCacheHandler({ store, namespace }));
  });

  describe('cacheHandler', () => {
    it('gives every worker what one has cached, whole', async () => {
      const [one, two] = handlers('whole');
      expect(await one.get('/posts', { kind: 'APP_PAGE' })).toBeNull();
      await one.set('/posts', page('<p>1'), { cacheControl: { revalidate: 60, expire: 3600 } });
      expect(await two.get('/posts', { kind: 'APP_PAGE' })).toEqual({
        lastModified: expect.any(Number),
        value: page('<p>1'),
        cacheControl: { revalidate: 60, expire: 3600 },
      });
      await one.set('key', fetched('a'), asFetch);
      expect((await two.get('key', FETCH)).value).toEqual(fetched('a'));
      await two.set('key', null, asFetch);
      expect(await one.get('key', FETCH)).toBeNull();
      one.resetRequestCache();
    });

    it('forgets an entry in all workers when one of its tags is revalidated, soft ones too', async () => {
      const [one, two, three] = handlers('expired');
      await one.set('/posts', page('<p>1'), {});
      await one.set('/other', page('<p>2', 'other'), {});
      await one.set('key', fetched('a'), asFetch);
      await nextMillisecond();
      await two.revalidateTag('posts');
      expect(await three.get('/posts', { kind: 'APP_PAGE' })).toBeNull();
      expect(await three.get('key', FETCH)).toBeNull();
      expect(await three.get('/other', { kind: 'APP_PAGE' })).not.toBeNull();
      await three.set('key', fetched('b'), { fetchCache: true, tags: [] });
      expect((await one.get('key', { kind: 'FETCH' })).value.data.body).toBe('b');
      await nextMillisecond();
      await one.revalidateTag(['_N_T_/here']);
      expect(await two.get('key', { kind: 'FETCH', softTags: ['_N_T_/here'] })).toBeNull();
    });

    it('has one worker render anew what is expired, while the others wait for it', async () => {
      const [one, two, three] = handlers('stampede');
      await one.set('/posts', page('<p>1'), {});
      await nextMillisecond();
      await one.revalidateTag('posts');
      await nextMillisecond();
      const renders: string[] = [];
      const request = async (handler: RouteCacheHandler, name: string) => {
        const found = await handler.get('/posts', { kind: 'APP_PAGE' });
        if (found) return found.value.html;
        renders.push(name);
        await nextMillisecond();
        await handler.set('/posts', page(`<p>by ${name}`), {});
        return `<p>by ${name}`;
      };
      const got = await Promise.all([
        request(one, 'one'),
        request(two, 'two'),
        request(three, 'three'),
      ]);
      expect(renders).toHaveLength(1);
      expect(new Set(got)).toEqual(new Set([`<p>by ${renders[0]}`]));
    });

    it('shows a stale entry, and has one worker render it anew', async () => {
      const [one, two, three] = handlers('stale');
      await one.set('/posts', page('<p>1'), {});
      await nextMillisecond();
      await one.revalidateTag('posts', { expire: 3600 });
      const first = await two.get('/posts', { kind: 'APP_PAGE' });
      const second = await three.get('/posts', { kind: 'APP_PAGE' });
      expect([first.lastModified, first.value.html]).toEqual([-1, '<p>1']);
      expect(second.lastModified).toBeGreaterThan(0);
      await nextMillisecond();
      await two.set('/posts', page('<p>2'), {});
      expect((await three.get('/posts', { kind: 'APP_PAGE' })).value.html).toBe('<p>2');
    });

    it('does not take an entry for fresh that was begun before its tag was revalidated', async () => {
      const [one, two] = handlers('race');
      expect(await one.get('/posts', { kind: 'APP_PAGE' })).toBeNull();
      await nextMillisecond();
      await two.revalidateTag('posts');
      await one.set('/posts', page('<p>old'), {});
      expect(await two.get('/posts', { kind: 'APP_PAGE' })).toBeNull();
    });
  });

  describe('cacheHandlers', () => {
    it('gives every worker what one has cached, with a new stream each time', async () => {
      const [one, two] = useHandlers('use-whole');
      expect(await one.get('key', [])).toBeUndefined();
      const { value: _, ...rest } = entry('');
      await one.set('key', Promise.resolve({ ...rest, value: streamOf('a', 'b', 'c') }));
      const { value, ...others } = (await two.get('key', [])) as UseCacheEntry;
      expect(others).toEqual(rest);
      expect(await new Response(value).text()).toBe('abc');
      expect(await textOf(await two.get('key', []))).toBe('abc');
    });

    it('waits for a set that is under way', async () => {
      const [one] = useHandlers('use-pending');
      let finish: (value: UseCacheEntry) => void = () => {};
      const set = one.set('key', new Promise((resolve) => (finish = resolve)));
      const got = one.get('key', []);
      finish(entry('late'));
      expect(await textOf(await got)).toBe('late');
      await set;
    });

    it('discards an entry whose stream fails, and one that lives no time', async () => {
      const [one] = useHandlers('use-failed');
      const value = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error('broken')),
      });
      await one.set('key', Promise.resolve(entry('', { value })));
      expect(await one.get('key', [])).toBeUndefined();
      await one.set('key', Promise.resolve(entry('x', { expire: 0 })));
      expect(await one.get('key', [])).toBeUndefined();
    });

    it('expires tags in all workers, and says when', async () => {
      const [one, two, three] = useHandlers('use-tags');
      await one.set('key', Promise.resolve(entry('a')));
      expect(await two.getExpiration(['posts', 'others'])).toBe(0);
      await nextMillisecond();
      const before = Date.now();
      await two.updateTags(['posts']);
      await three.refreshTags();
      expect(await three.getExpiration(['others', 'posts'])).toBeGreaterThanOrEqual(before);
      expect(await three.get('key', [])).toBeUndefined();
      await nextMillisecond();
      await three.set('key', Promise.resolve(entry('b')));
      expect(await textOf(await one.get('key', []))).toBe('b');
      expect(await one.get('key', ['posts'])).toBeDefined();
    });

    it('has one worker make anew what is stale or due, and shows the others the old one', async () => {
      const [one, two, three] = useHandlers('use-stale');
      await one.set('key', Promise.resolve(entry('a')));
      await nextMillisecond();
      await one.updateTags(['posts'], { expire: 3600 });
      const [first, second] = [await two.get('key', []), await three.get('key', [])];
      expect([first?.revalidate, await textOf(first)]).toEqual([-1, 'a']);
      expect(second?.revalidate).toBeGreaterThan(0);
      await two.set(
        'due',
        Promise.resolve(entry('b', { timestamp: Date.now() - 20_000, revalidate: 10 })),
      );
      expect((await two.get('due', []))?.revalidate).toBe(-1);
      expect((await one.get('due', []))?.revalidate).toBeGreaterThan(20);
    });

    it('makes an entry anew once in all workers', async () => {
      const workers = useHandlers('use-stampede');
      await workers[0].set('key', Promise.resolve(entry('a')));
      await nextMillisecond();
      await workers[1].updateTags(['posts']);
      await nextMillisecond();
      let made = 0;
      const request = async (handler: CacheHandler) => {
        const found = await handler.get('key', []);
        if (found) return textOf(found);
        made++;
        await nextMillisecond();
        await handler.set('key', Promise.resolve(entry('b')));
        return 'b';
      };
      expect(await Promise.all(workers.map(request))).toEqual(['b', 'b', 'b']);
      expect(made).toBe(1);
    });
  });
});
