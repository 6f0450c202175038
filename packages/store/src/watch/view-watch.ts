// watch() of a view: the changes that the engine reports, with their values.
import { onAbort } from '@muster/codec/abort-listeners';
import { checkFunction, checkSignal } from '../api/arguments.js';
import { checkGiven, checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Engine } from '../engine.js';
import type { Keyspace } from '../entries/keyspace.js';
import type { ValueCodec } from '../entries/value-codec.js';
import { InvalidOptionError, StoreClosedError, StoreListenerFailedError } from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import type { ChangeListener, StoreChange, WatchOptions, WatchTarget } from './contract.js';

/** Keys whose values are read at once. */
const READ_KEYS = 128;

/** The parts of the view that a watch needs. */
interface WatchContext {
  readonly keyspace: Keyspace;
  readonly codec: ValueCodec;
}

/**
 * A watch of a view: checked, not yet started.
 *
 * @throws InvalidOptionError, or the reason of the signal
 */
export function prepareWatch<T>(
  context: WatchContext,
  target: WatchTarget,
  listener: ChangeListener<T>,
  options: WatchOptions | undefined,
): { start(engine: Engine): Promise<() => void> } {
  checkOptions('watch()', options, OPTIONS.watch);
  const signal = options?.signal;
  const [prefix, isOneKey] = watched(context.keyspace, target);
  checkFunction('watch calls', listener);
  checkSignal(signal);
  signal?.throwIfAborted();
  const start = async (engine: Engine) => {
    const watch = new ViewWatch<T>(engine, context, listener);
    const end = await engine.watch(prefix, (changes) => {
      const isOurs = changes === 'reset' || !isOneKey;
      watch.add(isOurs ? changes : changes.filter((key) => key === prefix));
    });
    let unlisten = (): void => {};
    const unwatch = (): void => {
      unlisten();
      watch.end();
      end();
    };
    if (signal?.aborted) unwatch();
    signal?.throwIfAborted();
    if (signal) unlisten = onAbort(signal, unwatch);
    return unwatch;
  };
  return { start };
}

/** @returns the full key or prefix, and whether it is one key. */
function watched(keyspace: Keyspace, target: WatchTarget): [prefix: string, one: boolean] {
  checkGiven('The target of watch()', target, OPTIONS.watchTarget);
  const { key, prefix } = target;
  if ((key === undefined) === (prefix === undefined)) {
    throw new InvalidOptionError('watch takes either a key or a prefix');
  }
  return key === undefined ? [keyspace.fullPrefix(prefix), false] : [keyspace.full(key), true];
}

/**
 * Reads the changed keys and calls the listener. Changes that come while it reads are merged, so a listener is never further
 * behind than one value per key. It gets the values of a key in the order in which they were read.
 */
class ViewWatch<T> {
  readonly #engine: Engine;
  readonly #context: WatchContext;
  readonly #listener: ChangeListener<T>;
  /** Full. */
  #changed = new Set<string>();
  #isReset = false;
  #isReading = false;
  #isOver = false;

  constructor(engine: Engine, context: WatchContext, listener: ChangeListener<T>) {
    this.#engine = engine;
    this.#context = context;
    this.#listener = listener;
  }

  /** Full keys. */
  add(changes: readonly string[] | 'reset'): void {
    if (this.#isOver) return;
    if (changes === 'reset') {
      this.#isReset = true;
      // After a reset the listener reads everything anew.
      this.#changed.clear();
    } else for (const key of changes) this.#changed.add(key);
    if (!this.#isReading) this.#read();
  }

  end(): void {
    this.#isOver = true;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (!this.#isOver && (this.#isReset || this.#changed.size > 0)) {
      if (this.#isReset) {
        this.#isReset = false;
        this.#tell({ type: 'reset' });
      }
      const keys = [...this.#changed].slice(0, READ_KEYS);
      for (const key of keys) this.#changed.delete(key);
      if (keys.length > 0) await this.#tellOf(keys);
    }
    this.#isReading = false;
  }

  async #tellOf(keys: readonly string[]): Promise<void> {
    const { keyspace, codec } = this.#context;
    try {
      const texts = await this.#engine.getMany(keys);
      for (const [position, full] of keys.entries()) {
        const text = texts[position];
        const key = keyspace.local(full);
        const value = text === undefined ? undefined : (codec.decode(key, text) as T);
        this.#tell({ type: 'change', key, value });
      }
    } catch (error) {
      if (!isStoreRejection(error)) throw error;
      // The values are unknown: the listener has to read them.
      if (!(error instanceof StoreClosedError)) this.#isReset = true;
    }
  }

  async #tell(change: StoreChange<T>): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#listener(change);
    } catch (error) {
      const of = change.type === 'change' ? change.key : this.#context.keyspace.prefix;
      process.emitWarning(new StoreListenerFailedError('The listener of watch() for', of, error));
    }
  }
}
