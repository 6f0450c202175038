// The Redis engine.
import { createHash } from 'node:crypto';
import type { Condition, Engine, Procedure, ScanPage } from '../engine.js';
import type { Lifetime } from '../lifetime.js';
import { redisTime, redisTtl } from '../procedures/lua-lifetime.js';
import { setMany } from '../procedures/set-many.js';
import type { Access, Calls } from './calls.js';
import type { RedisConnection } from './connection.js';
import { type CallName, isMissingScript } from './failure.js';

/** Keys that Redis looks at for one page of a scan. */
const SCAN_COUNT = 500;
/** The same where their texts are fetched too, and held at once. */
const SCAN_COUNT_WITH_TEXTS = 100;

/** SHA-1 of each script, by which EVALSHA knows it. */
const shas = new WeakMap<Procedure<never, unknown>, string>();

export class RedisEngine implements Engine {
  readonly kind = 'redis';
  readonly #connection: RedisConnection;
  readonly #calls: Calls;
  readonly #keyPrefix: string;
  readonly #release: () => void;

  /** @param release gives the connection back. */
  constructor(connection: RedisConnection, calls: Calls, keyPrefix: string, release: () => void) {
    this.#connection = connection;
    this.#calls = calls;
    this.#keyPrefix = keyPrefix;
    this.#release = release;
  }

  async ready(): Promise<void> {
    await this.#calls.run(['ping', ''], 'read', () => this.#connection.client.ping());
  }

  async get(key: string): Promise<string | undefined> {
    const text = await this.#call('get', 'read', key, (client, name) => client.get(name));
    return text ?? undefined;
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => this.#keyPrefix + key);
    const { client } = this.#connection;
    const texts = await this.#calls.run(nameOf('getMany', names), 'read', () => client.mget(names));
    return texts.map((text) => text ?? undefined);
  }

  async set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    const options = [...expiryOptions(lifetime), ...conditionOptions(condition)];
    const reply = await this.#call('set', 'write', key, (client, name) =>
      options.length === 0 ? client.set(name, text) : client.call('SET', name, text, ...options),
    );
    return reply === 'OK';
  }

  async setMany(
    entries: readonly (readonly [key: string, text: string])[],
    lifetime: Lifetime,
  ): Promise<void> {
    const texts = entries.map(([, text]) => text);
    await this.run(
      setMany,
      entries.map(([key]) => key),
      { texts, lifetime },
    );
  }

  delete(keys: readonly string[]): Promise<number> {
    const names = keys.map((key) => this.#keyPrefix + key);
    const { client } = this.#connection;
    return this.#calls.run(nameOf('delete', names), 'write', () => client.unlink(names));
  }

  async scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage> {
    const pattern = `${escapeGlob(this.#keyPrefix + prefix)}*`;
    const count = withTexts ? SCAN_COUNT_WITH_TEXTS : SCAN_COUNT;
    const [next, names] = await this.#calls.run(['scan', pattern], 'read', () =>
      this.#connection.client.scan(
        cursor ?? '0',
        'MATCH',
        pattern,
        'COUNT',
        count,
        'TYPE',
        'string',
      ),
    );
    const unique = [...new Set(names)].map((name) => name.slice(this.#keyPrefix.length));
    const rest = { cursor: next === '0' ? undefined : next };
    if (!withTexts) return { keys: unique, texts: [], ...rest };
    const keys: string[] = [];
    const texts: string[] = [];
    for (const [position, text] of (await this.getMany(unique)).entries()) {
      const key = unique[position];
      if (key === undefined || text === undefined) continue;
      keys.push(key);
      texts.push(text);
    }
    return { keys, texts, ...rest };
  }

  async run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output> {
    const names = keys.map((key) => this.#keyPrefix + key);
    const args = procedure.args(input);
    const { client, scripts } = this.#connection;
    const name = nameOf(procedure.name, names);
    const raw = await this.#calls.run(name, procedure.access, async () => {
      // The first use on a connection sends the script itself, and in its turn: finding out that the server has
      // not got it would let later calls overtake this one.
      if (!scripts.has(procedure)) {
        scripts.add(procedure);
        return client.eval(procedure.lua, names.length, ...names, ...args);
      }
      try {
        return await client.evalsha(shaOf(procedure), names.length, ...names, ...args);
      } catch (error) {
        // Somebody flushed the server's scripts. Nothing was run.
        if (!isMissingScript(error)) throw error;
        return client.eval(procedure.lua, names.length, ...names, ...args);
      }
    });
    return procedure.reply(raw);
  }

  async close(): Promise<void> {
    await this.#calls.close();
    this.#release();
  }

  #call<Output>(
    name: string,
    access: Access,
    key: string,
    send: (client: RedisConnection['client'], name: string) => Promise<Output>,
  ): Promise<Output> {
    const full = this.#keyPrefix + key;
    return this.#calls.run([name, full], access, () => send(this.#connection.client, full));
  }
}

function nameOf(verb: string, names: readonly string[]): CallName {
  return [verb, names.length === 1 ? (names[0] ?? '') : `${names.length} keys`];
}

function expiryOptions(lifetime: Lifetime): (string | number)[] {
  if (lifetime === 'never') return [];
  if (lifetime === 'keep') return ['KEEPTTL'];
  return 'forMs' in lifetime
    ? ['PX', redisTtl(lifetime.forMs)]
    : ['PXAT', redisTime(lifetime.until)];
}

function conditionOptions(condition: Condition): string[] {
  if (condition === 'always') return [];
  return [condition === 'absent' ? 'NX' : 'XX'];
}

/** A prefix is text, and MATCH takes a pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

function shaOf(procedure: Procedure<never, unknown>): string {
  let sha = shas.get(procedure);
  if (sha === undefined) {
    sha = createHash('sha1').update(procedure.lua).digest('hex');
    shas.set(procedure, sha);
  }
  return sha;
}
