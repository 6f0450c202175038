// The Redis engine.
import type { Condition, Engine, Procedure, ScanPage } from '../engine.js';
import { type StoreError, StoreFailedError } from '../errors.js';
import type { Lifetime } from '../lifetime.js';
import { setEntry } from '../procedures/set-entry.js';
import { setMany } from '../procedures/set-many.js';
import { Batches, type Job } from './batches.js';
import type { Calls } from './calls.js';
import type { RedisConnection } from './connection.js';
import { type CallName, fromReply, isMissingScript, isReply, notConnected } from './failure.js';
import { type Script, scriptsOf } from './scripts.js';

/** Keys that Redis looks at for one page of a scan. */
const SCAN_COUNT = 500;
/** The same where their texts are fetched too, and held at once. */
const SCAN_COUNT_WITH_TEXTS = 100;

type AnyProcedure = Procedure<unknown, unknown>;

export class RedisEngine implements Engine {
  readonly kind = 'redis';
  readonly #connection: RedisConnection;
  readonly #calls: Calls;
  readonly #keyPrefix: string;
  readonly #release: () => void;
  readonly #batches: Batches<AnyProcedure | 'get'>;

  /** @param release gives the connection back. */
  constructor(connection: RedisConnection, calls: Calls, keyPrefix: string, release: () => void) {
    this.#connection = connection;
    this.#calls = calls;
    this.#keyPrefix = keyPrefix;
    this.#release = release;
    this.#batches = new Batches(
      (kind, jobs) => (kind === 'get' ? this.#sendGets(jobs) : this.#sendRuns(kind, jobs)),
      (flush) => connection.atEndOfTurn(flush),
    );
  }

  async ready(): Promise<void> {
    await this.#calls.run(['ping', ''], 'read', () => this.#connection.client.ping());
  }

  get(key: string): Promise<string | undefined> {
    return this.#batches.add('get', this.#keyPrefix + key, undefined);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    this.#batches.flush();
    const texts = await this.#mget(keys.map((key) => this.#keyPrefix + key));
    return texts.map((text) => text ?? undefined);
  }

  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    const input = { text, lifetime, condition };
    return this.#batches.add(setEntry as AnyProcedure, this.#keyPrefix + key, input, text.length);
  }

  async setMany(
    entries: readonly (readonly [key: string, text: string])[],
    lifetime: Lifetime,
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    await this.run(setMany, keys, { texts: entries.map(([, text]) => text), lifetime });
  }

  delete(keys: readonly string[]): Promise<number> {
    this.#batches.flush();
    const names = keys.map((key) => this.#keyPrefix + key);
    const { client } = this.#connection;
    return this.#calls.run(nameOf('delete', names), 'write', () => client.unlink(names));
  }

  async scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage> {
    this.#batches.flush();
    const pattern = `${escapeGlob(this.#keyPrefix + prefix)}*`;
    const count = withTexts ? SCAN_COUNT_WITH_TEXTS : SCAN_COUNT;
    const { client } = this.#connection;
    const [next, names] = await this.#calls.run(['scan', pattern], 'read', () =>
      client.scan(cursor ?? '0', 'MATCH', pattern, 'COUNT', count, 'TYPE', 'string'),
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
    if (names.length === 1 && names[0] !== undefined) {
      const characters = procedure.characters?.(input);
      return this.#batches.add(procedure as AnyProcedure, names[0], input, characters);
    }
    this.#batches.flush();
    const { one } = scriptsOf(procedure);
    const args = procedure.args(input);
    return procedure.reply(await this.#eval(procedure, one, names, args));
  }

  watchHealth(listener: (trouble: StoreError | undefined) => void): () => void {
    const connection = this.#connection;
    if (connection.isReady) listener(undefined);
    return connection.listen({
      connected: () => listener(undefined),
      lost: () => listener(notConnected(connection.lastError)),
    });
  }

  watch(): Promise<() => void> {
    return Promise.reject(new StoreFailedError('The Redis engine cannot be watched yet'));
  }

  /** Redis evicts by its own policy. */
  declareEvictable(): void {}

  /** Redis sees the end of a connection by itself. */
  async processGone(): Promise<void> {}

  async close(): Promise<void> {
    this.#batches.flush();
    await this.#calls.close();
    this.#release();
  }

  async #sendGets(jobs: readonly Job[]): Promise<void> {
    try {
      const texts = await this.#mget(jobs.map(({ name }) => name));
      for (const [position, job] of jobs.entries()) {
        job.resolve((texts[position] ?? undefined) as never);
      }
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }

  async #sendRuns(procedure: AnyProcedure, jobs: readonly Job[]): Promise<void> {
    try {
      const replies = await this.#replies(procedure, jobs);
      for (const [position, job] of jobs.entries()) {
        const reply = replies[position];
        if (reply instanceof Error) job.reject(fromReply(reply, [procedure.name, job.name]));
        else job.resolve(procedure.reply(reply) as never);
      }
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }

  /** As commands where the procedure has one, and else as one script for all. A job's error is its reply. */
  async #replies(procedure: AnyProcedure, jobs: readonly Job[]): Promise<unknown[]> {
    const names = jobs.map(({ name }) => name);
    const { command: commandOf } = procedure;
    if (commandOf) {
      const commands = jobs.map(({ name, input }) => commandOf(name, input));
      return this.#calls.run(nameOf(procedure.name, names), procedure.access, () =>
        Promise.all(commands.map((command) => this.#command(command))),
      );
    }
    const args = jobs.flatMap(({ input }) => procedure.args(input));
    const { one, many } = scriptsOf(procedure);
    if (jobs.length === 1) return [await this.#eval(procedure, one, names, args)];
    return (await this.#eval(procedure, many, names, args)) as unknown[];
  }

  /** What is wrong with this command only is its reply. */
  #command([name, ...args]: readonly [string, ...(string | number)[]]): Promise<unknown> {
    return this.#connection.client.call(name, ...args).catch((error: unknown) => {
      if (isReply(error)) return error;
      throw error;
    });
  }

  /** MGET for one key as well: what is there under another type than text is never there for us. */
  #mget(names: string[]): Promise<(string | null)[]> {
    const { client } = this.#connection;
    return this.#calls.run(nameOf('get', names), 'read', () => client.mget(names));
  }

  #eval(
    procedure: Procedure<never, unknown>,
    script: Script,
    names: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const { client, scripts } = this.#connection;
    const load = () => client.eval(script.lua, names.length, ...names, ...args);
    return this.#calls.run(nameOf(procedure.name, names), procedure.access, async () => {
      // The first use on a connection sends the script itself, and in its turn: finding out that the server has
      // not got it would let later calls overtake this one.
      if (!scripts.has(script)) {
        scripts.add(script);
        return load();
      }
      try {
        return await client.evalsha(script.sha, names.length, ...names, ...args);
      } catch (error) {
        // Somebody flushed the server's scripts. Nothing was run.
        if (!isMissingScript(error)) throw error;
        return load();
      }
    });
  }
}

function nameOf(verb: string, names: readonly string[]): CallName {
  return [verb, names.length === 1 ? (names[0] ?? '') : `${names.length} keys`];
}

/** A prefix is text, and MATCH takes a pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
