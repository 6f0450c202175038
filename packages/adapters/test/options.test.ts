// What the adapters say to options that they do not take.
import { createBusDriver, createL2Driver } from '@muster/adapters/bentocache';
import { createEventTarget, createPubSubEngine } from '@muster/adapters/graphql';
import { createSessionMiddleware } from '@muster/adapters/hono';
import { createKeyvStore } from '@muster/adapters/keyv';
import { createCacheHandler, createUseCacheHandler } from '@muster/adapters/next';
import { createAdapter } from '@muster/adapters/socket.io';
import { createStorageDriver } from '@muster/adapters/unstorage';
import { createBus } from '@muster/bus';
import { createSessions } from '@muster/session';
import { createSharedStore, InvalidOptionError } from '@muster/store';
import { afterAll, expect, test } from 'vitest';

const store = createSharedStore({ url: 'memory:options' });
const bus = createBus();
const sessions = createSessions({ store });
afterAll(() => Promise.all([store.close(), bus.close()]));

test.each<[make: (options: never) => unknown, options: unknown, message: string]>([
  [createKeyvStore, undefined, 'createKeyvStore() takes an object of options'],
  [createKeyvStore, {}, 'store of createKeyvStore() is what createSharedStore() returns'],
  [createKeyvStore, { store, ttl: 5 }, 'createKeyvStore() has no option "ttl"'],
  [createKeyvStore, { store, ttlMs: '5' }, 'ttlMs'],
  [createKeyvStore, { store, namspace: 'a' }, 'did you mean namespace?'],
  [createKeyvStore, { store, namespace: 5 }, 'namespace of createKeyvStore() is text'],
  [createCacheHandler, { store, namespace: null }, 'namespace of createCacheHandler() is text'],
  [createUseCacheHandler, { store, namespace: '' }, 'that is not empty'],
  [createUseCacheHandler, { store: {} }, 'store of createUseCacheHandler() is what'],
  [createAdapter, { bus: {} }, 'bus of createAdapter() is what createBus() returns'],
  [createAdapter, { bus, store: {} }, 'store of createAdapter() is what createSharedStore()'],
  [createAdapter, { bus, maxPacket: 300 }, 'did you mean maxPackets?'],
  [createStorageDriver, { url: 'redis://x' }, 'give store: createSharedStore({ url })'],
  [createStorageDriver, { store, base: 'a' }, 'createStorageDriver() has no option "base"'],
  [createL2Driver, { store, prefix: 'a' }, 'did you mean namespace?'],
  [createBusDriver, { bus: store }, 'bus of createBusDriver() is what createBus() returns'],
  [createBusDriver, { bus, retry: true }, 'createBusDriver() has no option "retry"'],
  [createEventTarget, bus, 'bus of createEventTarget() is what createBus() returns'],
  [createEventTarget, 'bus', 'write { bus: createBus() }'],
  [createEventTarget, {}, 'bus of createEventTarget() is what createBus() returns'],
  [createPubSubEngine, { bus, prefix: 7 }, 'is text, and not the number 7'],
  [createPubSubEngine, { bus, topic: 'a' }, 'createPubSubEngine() has no option "topic"'],
  [createSessionMiddleware, { store }, 'createSessionMiddleware() has no option "store"'],
  [createSessionMiddleware, { sessions: store }, 'sessions is what createSessions() returns'],
  [createSessionMiddleware, { sessions, cookie: { maxAge: 1 } }, 'cookie has no option "maxAge"'],
  [createSessionMiddleware, { sessions, cookie: { name: '' } }, 'cookie.name is text, and not'],
  [createSessionMiddleware, { sessions, cookie: { sameSite: 'lax' } }, "'Strict', 'Lax' or 'None'"],
  [createSessionMiddleware, { sessions, cookie: { secure: 1 } }, 'cookie.secure is true or false'],
])('%o with %o', (make, options, message) => {
  expect(() => make(options as never)).toThrow(InvalidOptionError);
  expect(() => make(options as never)).toThrow(message);
});
