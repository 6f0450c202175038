// What a conformance test of an adapter is, and what it runs on.
import { randomUUID } from 'node:crypto';
import { createSharedStore } from '@muster/store';
import { createSessions } from '../neutral/create-sessions.js';
import type { Session, SessionStoreOptions, Sessions } from '../sessions.js';
import type { AdapterUnderTest, Handle } from './adapter.js';
import { Client } from './client.js';

export interface ConformanceTest {
  readonly name: string;
  run(): Promise<void>;
}

interface Bench {
  /** Those of the app, to look at and to change from outside of any request. */
  readonly sessions: Sessions;
  /** How many sessions are stored. */
  count(): Promise<number>;
  /** A browser, with this cookie. */
  client(cookie?: string): Client;
}

export interface Case {
  readonly options?: SessionStoreOptions;
  /** What each path does. */
  readonly paths: Readonly<Record<string, (session: Session, sessions: Sessions) => unknown>>;
  /** The sessions that the adapter gets. Default: those of the store. */
  wrap?(sessions: Sessions, client: Bench['client']): Sessions;
  run(bench: Bench): Promise<void>;
}

export async function runCase(
  subject: AdapterUnderTest,
  { options, paths, wrap, run }: Case,
): Promise<void> {
  await using store = createSharedStore({ url: `memory:${randomUUID()}` });
  const sessions = createSessions({ store, ttlMs: 3_600_000, ...options });
  const handle: Handle = (session, path) => paths[path]?.(session, sessions);
  let url = '';
  const client = (cookie?: string) => new Client(url, cookie);
  const app = await subject.serve(wrap ? wrap(sessions, client) : sessions, handle);
  url = app.url;
  try {
    await run({
      sessions,
      count: () => store.namespace('session').count(),
      client,
    });
  } finally {
    await app.close();
  }
}

/** The same sessions, with another `save`. */
export function savingBy(
  sessions: Sessions,
  save: (session: Session) => Promise<boolean>,
): Sessions {
  return {
    ...sessions,
    load: async (id) => {
      const session = await sessions.load(id);
      return new Proxy(session, {
        get(target, name) {
          if (name === 'save') return () => handled(save(target));
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

/** An adapter that does not wait for it fails the test, and not the process in which that runs. */
function handled(saved: Promise<boolean>): Promise<boolean> {
  saved.catch(() => {});
  return saved;
}
