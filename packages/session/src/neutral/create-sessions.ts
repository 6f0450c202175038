// Sessions for any framework. sessions.ts has the contract.
import { InvalidOptionError } from '@muster/store';
import { plainFramework } from '../framework.js';
import { graceOf, refuseExtra } from '../options/checks.js';
import { WorkingCopy } from '../saving/working-copy.js';
import { newId } from '../secrets/new-id.js';
import type {
  RegenerateOptions,
  Session,
  SessionFields,
  SessionStoreOptions,
  Sessions,
} from '../sessions.js';
import { SharedSessions } from '../shared-sessions.js';

/** As plainFramework has it. */
interface Content<Data> {
  readonly cookie?: unknown;
  data: Partial<Data>;
}

class LoadedSession<Data extends object> implements Session<Data> {
  readonly #sessions: SharedSessions<Content<Data>>;
  #copy: WorkingCopy;
  #content: Content<Data>;

  constructor(sessions: SharedSessions<Content<Data>>, copy: WorkingCopy, content: Content<Data>) {
    this.#sessions = sessions;
    this.#copy = copy;
    this.#content = content;
    // A field that is set beside `data` would be lost silently.
    Object.preventExtensions(this);
  }

  get id(): string {
    return this.#copy.id;
  }

  get isNew(): boolean {
    return this.#copy.base === 'fresh';
  }

  get data(): Partial<Data> {
    return this.#content.data;
  }

  get expiresAt(): number {
    return this.#sessions.endOf(this.#copy, this.#content);
  }

  async save(...extra: readonly unknown[]): Promise<boolean> {
    refuseExtra('save()', extra, 'change session.data, and save that');
    await this.#sessions.save(this.#copy, this.#content);
    return this.#copy.base !== 'gone';
  }

  async touch(...extra: readonly unknown[]): Promise<boolean> {
    refuseExtra('touch()', extra, 'how long a session lives is the option ttlMs');
    await this.#sessions.touch(this.#copy, this.#content);
    return this.#copy.base !== 'gone';
  }

  async destroy(...extra: readonly unknown[]): Promise<void> {
    refuseExtra(
      'destroy()',
      extra,
      'it destroys this session; another one is for sessions.destroy(id)',
    );
    const { id } = this.#copy;
    this.#copy.base = 'gone';
    await this.#sessions.destroy(id);
  }

  async regenerate(options: RegenerateOptions = {}, ...extra: readonly unknown[]): Promise<void> {
    refuseExtra('regenerate()', extra, 'it takes { graceMs }, or nothing');
    await this.#sessions.regenerate(this.#copy, this.#content, graceOf(options));
    // A first login: nobody else may save it.
    if (this.isNew && Object.keys(this.data).length > 0) await this.save();
    if (this.#copy.base !== 'gone') return;
    this.#copy = new WorkingCopy(newId(), 'fresh');
    this.#content = { data: {} };
  }
}

/**
 * Sessions to load, change and save.
 *
 * @example
 * const sessions = createSessions<{ user: string }>({ ttlMs: 24 * 3_600_000 });
 * const session = await sessions.load(cookies.sid);
 *
 * @typeParam Data what the app keeps in a session.
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createSessions<Data extends object = SessionFields>(
  options: SessionStoreOptions<Partial<Data>> = {},
): Sessions<Data> {
  const { userId, ttlMs } = options;
  const sessions = new SharedSessions<Content<Data>>(
    {
      ...options,
      ...(typeof userId === 'function' && { userId: ({ data }) => userId(data) }),
      ...(typeof ttlMs === 'function' && { ttlMs: ({ data }) => ttlMs(data) }),
    } as SessionStoreOptions<Content<Data>>,
    plainFramework,
    'createSessions()',
  );
  const close = () => sessions.close();
  return {
    async load(id?: string, ...extra: readonly unknown[]) {
      refuseExtra('load()', extra, 'it takes one id');
      if (id !== undefined && typeof id !== 'string') {
        throw new InvalidOptionError('load() takes the id of a session, or nothing');
      }
      const opened = id === undefined ? undefined : await sessions.load(id);
      const copy = opened?.copy ?? new WorkingCopy(newId(), 'fresh');
      return new LoadedSession(sessions, copy, opened?.session ?? { data: {} });
    },
    async destroy(id: string, ...extra: readonly unknown[]) {
      refuseExtra('destroy()', extra, 'it takes one id');
      await sessions.destroy(id);
    },
    async sessionsOf(user) {
      const found = await sessions.sessionsOf(user);
      return found.map(({ session, ...about }) => ({ ...about, session: session.data }));
    },
    revokeUser: (user, which) => sessions.revokeUser(user, which),
    close,
    [Symbol.asyncDispose]: close,
  };
}
