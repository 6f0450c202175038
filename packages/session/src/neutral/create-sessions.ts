// Sessions for any framework: the contract is in sessions.ts.
import { InvalidArgumentError } from '@muster/store';
import { plainFramework } from '../framework.js';
import { checkSurplus, graceOf } from '../options/known-options.js';
import { Held } from '../saving/held.js';
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
  #held: Held;
  #content: Content<Data>;

  constructor(sessions: SharedSessions<Content<Data>>, held: Held, content: Content<Data>) {
    this.#sessions = sessions;
    this.#held = held;
    this.#content = content;
    // What is set beside `data` would be lost in silence.
    Object.preventExtensions(this);
  }

  get id(): string {
    return this.#held.id;
  }

  get isNew(): boolean {
    return this.#held.base === 'fresh';
  }

  get data(): Partial<Data> {
    return this.#content.data;
  }

  get expiresAt(): number {
    return this.#sessions.endOf(this.#held, this.#content);
  }

  async save(...surplus: readonly unknown[]): Promise<boolean> {
    checkSurplus('save()', surplus, 'change session.data, and save that');
    await this.#sessions.save(this.#held, this.#content);
    return this.#held.base !== 'gone';
  }

  async touch(...surplus: readonly unknown[]): Promise<boolean> {
    checkSurplus('touch()', surplus, 'how long a session lives is the option ttlMs');
    await this.#sessions.touch(this.#held, this.#content);
    return this.#held.base !== 'gone';
  }

  async destroy(...surplus: readonly unknown[]): Promise<void> {
    checkSurplus(
      'destroy()',
      surplus,
      'it destroys this session; another one is for sessions.destroy(id)',
    );
    const { id } = this.#held;
    this.#held.base = 'gone';
    await this.#sessions.destroy(id);
  }

  async regenerate(options: RegenerateOptions = {}, ...surplus: readonly unknown[]): Promise<void> {
    checkSurplus('regenerate()', surplus, 'it takes { graceMs }, or nothing');
    await this.#sessions.regenerate(this.#held, this.#content, graceOf(options));
    if (this.#held.base !== 'gone') return;
    this.#held = new Held(newId(), 'fresh');
    this.#content = { data: {} };
  }
}

/**
 * @typeParam Data what the app keeps in a session.
 * @throws InvalidArgumentError where an option is not what it should be.
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
    async load(id?: string, ...surplus: readonly unknown[]) {
      checkSurplus('load()', surplus, 'it takes one id');
      if (id !== undefined && typeof id !== 'string') {
        throw new InvalidArgumentError('load() takes the id of a session, or nothing');
      }
      const opened = id === undefined ? undefined : await sessions.load(id);
      const held = opened?.held ?? new Held(newId(), 'fresh');
      return new LoadedSession(sessions, held, opened?.session ?? { data: {} });
    },
    async destroy(id: string, ...surplus: readonly unknown[]) {
      checkSurplus('destroy()', surplus, 'it takes one id');
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
