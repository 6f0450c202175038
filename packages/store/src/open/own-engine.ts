// An engine that is not the store's own, held to its contract: every call settles within the deadline, with a StoreError where
// it fails, and gives what the contract says.

import { shown } from '@muster/codec/options';
import { isError, textOfThrown } from '@muster/codec/thrown';
import { timeOfDay } from '@muster/codec/timers';
import { withinDeadline } from '../api/deadline.js';
import type { EngineDriver } from '../engine/driver.js';
import type { Condition, Engine, Procedure, ScanPage, WriteProgress } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import {
  DeadlineExceededError,
  OutcomeUnknownError,
  type StoreError,
  StoreFailedError,
  type StoreRejection,
} from '../errors.js';
import { either, isFlag, isNothing, isText, listOf, recordOf } from '../procedures/outputs.js';
import { isStoreRejection } from '../rejection.js';

type Changes = readonly string[] | 'reset';

const METHODS = [
  ...['now', 'ready', 'get', 'getMany', 'set', 'setMany', 'hasMany', 'delete', 'scan', 'run'],
  ...['watchHealth', 'watch', 'declareEvictable', 'processGone', 'close'],
];
const isTextOrNone = either(isText, isNothing);
const isPage = recordOf({ keys: listOf(isText), texts: listOf(isText), cursor: isTextOrNone });
const isAnything = (): boolean => true;

export async function openOwnEngine(driver: EngineDriver, deadlineMs: number): Promise<Engine> {
  const engine = (await driver.open({ deadlineMs })) as Engine | undefined;
  const missing = METHODS.find((name) => typeof Reflect.get(Object(engine), name) !== 'function');
  if (engine && missing === undefined) return new OwnEngine(driver.kind, engine, deadlineMs);
  throw new StoreFailedError(
    `open() of the engine ${driver.kind} gives an engine, and not ${shown(engine)}` +
      (engine ? ` without ${missing}()` : ''),
  );
}

class OwnEngine implements Engine {
  readonly kind: string;
  readonly watchLoss?: (listener: () => void) => () => void;
  readonly copyTo?: (folder: string) => Promise<void>;
  readonly #engine: Engine;
  readonly #deadlineMs: number;

  constructor(kind: string, engine: Engine, deadlineMs: number) {
    this.kind = kind;
    this.#engine = engine;
    this.#deadlineMs = deadlineMs;
    if (engine.watchLoss) this.watchLoss = (listener) => endOf(engine.watchLoss?.(listener));
    // No deadline: a copy takes as long as it takes.
    if (engine.copyTo) this.copyTo = async (folder) => engine.copyTo?.(folder);
  }

  now(): number {
    const now = this.#engine.now();
    return Number.isFinite(now) ? now : timeOfDay();
  }

  ready(): Promise<void> {
    return this.#call('ready', 'read', () => this.#engine.ready(), isAnything);
  }

  get(key: string): Promise<string | undefined> {
    return this.#call('get', 'read', async () => this.#engine.get(key), isTextOrNone);
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const isOutput = as(keys, isTextOrNone);
    return this.#call('getMany', 'read', () => this.#engine.getMany(keys), isOutput);
  }

  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    const set = () => this.#engine.set(key, text, lifetime, condition);
    return this.#call('set', 'write', set, isFlag);
  }

  setMany(
    entries: readonly (readonly [key: string, text: string, lifetime: Lifetime])[],
  ): Promise<void> {
    return this.#call('setMany', 'write', () => this.#engine.setMany(entries), isAnything);
  }

  hasMany(keys: readonly string[]): Promise<boolean[]> {
    return this.#call('hasMany', 'read', () => this.#engine.hasMany(keys), as(keys, isFlag));
  }

  delete(keys: readonly string[]): Promise<number> {
    const isCount = (count: unknown) =>
      Number.isInteger(count) && Number(count) >= 0 && Number(count) <= keys.length;
    return this.#call('delete', 'write', () => this.#engine.delete(keys), isCount);
  }

  scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage> {
    const isOutput = (page: unknown) => {
      if (!isPage(page)) return false;
      const { keys, texts, cursor: next } = page as ScanPage;
      // The cursor that was given would give this page again.
      if (next !== undefined && next === cursor) return false;
      if (withTexts && texts.length !== keys.length) return false;
      return keys.every((key) => key.startsWith(prefix));
    };
    return this.#call('scan', 'read', () => this.#engine.scan(prefix, cursor, withTexts), isOutput);
  }

  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
    write?: WriteProgress,
  ): Promise<Output> {
    const { name, access, isOutput = isAnything } = procedure;
    const run = () => this.#engine.run(procedure, keys, input, write);
    return this.#call(name, access, run, isOutput);
  }

  watchHealth(listener: (trouble: StoreRejection | undefined) => void): () => void {
    const tell = (trouble: unknown) =>
      listener(trouble === undefined ? undefined : this.#failed('The engine', trouble));
    return endOf(this.#engine.watchHealth(tell));
  }

  async watch(prefix: string, listener: (changes: Changes) => void): Promise<() => void> {
    let isOver = false;
    const tell = (changes: unknown) => {
      if (isOver) return;
      // It is unknown what has changed.
      if (!listOf(isText)(changes)) listener('reset');
      else listener((changes as string[]).filter((key) => key.startsWith(prefix)));
    };
    const watch = () => this.#engine.watch(prefix, tell);
    const isEnd = (end: unknown) => typeof end === 'function';
    const end = endOf(await this.#call('watch', 'read', watch, isEnd));
    return () => {
      isOver = true;
      end();
    };
  }

  declareEvictable(prefix: string): void {
    this.#engine.declareEvictable(prefix);
  }

  processGone(): Promise<void> {
    return this.#call('processGone', 'read', () => this.#engine.processGone(), isAnything);
  }

  close(): Promise<void> {
    return this.#call('close', 'read', () => this.#engine.close(), isAnything);
  }

  async #call<Output>(
    name: string,
    access: 'read' | 'write',
    call: () => Promise<Output>,
    isOutput: (output: unknown) => boolean,
  ): Promise<Output> {
    const what = `${name} of the engine ${this.kind}`;
    let output: Output;
    try {
      const work = (async () => call())();
      output = await withinDeadline(work, this.#deadlineMs, () => this.#late(what, access));
    } catch (error) {
      throw this.#failed(what, error);
    }
    let isAllowed: boolean;
    try {
      isAllowed = isOutput(output);
    } catch (error) {
      // To read it threw.
      throw this.#failed(what, error);
    }
    if (isAllowed) return output;
    throw new StoreFailedError(`${what} returned what the contract of engines does not allow`);
  }

  #late(what: string, access: 'read' | 'write'): StoreError {
    const late = `${what} did not settle within ${this.#deadlineMs} ms`;
    if (access === 'read') return new DeadlineExceededError(late);
    return new OutcomeUnknownError(`${late}: it may have been applied, or may still be`);
  }

  #failed(what: string, cause: unknown): StoreRejection {
    if (isStoreRejection(cause)) return cause;
    return new StoreFailedError(`${what} failed`, undefined, { cause });
  }
}

/** Checks that there is one output for each key. */
function as(keys: readonly string[], is: (output: unknown) => boolean) {
  return (output: unknown) => listOf(is)(output) && (output as unknown[]).length === keys.length;
}

/** Ends a watch. No caller waits for an error of it, so it becomes a process warning. */
function endOf(end: unknown): () => void {
  return () => {
    try {
      if (typeof end === 'function') end();
    } catch (error) {
      process.emitWarning(isError(error) ? error : textOfThrown(error));
    }
  };
}
