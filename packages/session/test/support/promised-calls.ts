// The calls of an express-session store as promises.
import session, { type SessionData, type Store } from 'express-session';

export function newCookie(options: { maxAge?: number; expires?: Date | null } = {}) {
  const Cookie = session.Cookie as unknown as new (options: object) => session.Cookie;
  return new Cookie(options);
}

/** A session with fields of its own. */
export function newSession(
  fields: object = {},
  cookie = newCookie({ maxAge: 60_000 }),
): SessionData {
  return { cookie, ...fields } as SessionData;
}

type Given<T> = [error?: unknown, value?: T];

function promised<T>(
  call: (callback: (...given: Given<T>) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

type AllSessions = Record<string, SessionData> | (SessionData & { id: string })[];

export function callsOf(store: Store) {
  return {
    get: (id: string) => promised<SessionData | null>((done) => store.get(id, done)),
    set: (id: string, value: SessionData) => promised<void>((done) => store.set(id, value, done)),
    destroy: (id: string) => promised<void>((done) => store.destroy(id, done)),
    touch: (id: string, value: SessionData) =>
      promised<void>((done) => store.touch?.(id, value, done)),
    /** By their ids, as MemoryStore has them; ours gives them as connect-redis does. */
    all: async () => {
      const all = await promised<AllSessions>((done) => store.all?.(done as never));
      if (!Array.isArray(all)) return all;
      return Object.fromEntries(all.map(({ id, ...session }) => [id, session as SessionData]));
    },
    length: () => promised<number>((done) => store.length?.(done)),
    clear: () => promised<void>((done) => store.clear?.(done)),
    load: (id: string) => promised<SessionData>((done) => store.load(id, done)),
  };
}

export type Calls = ReturnType<typeof callsOf>;
