// Makes an engine in memory for one process.
import { shown } from '@muster/codec/options';
import { checkFunction } from '../api/arguments.js';
import { countFault } from '../api/public-calls.js';
import { checkGiven, OPTIONS } from '../api/strict-options.js';
import type { DriverOptions, EngineDriver } from '../engine/driver.js';
import { InvalidOptionError } from '../errors.js';
import { keeping } from './commit.js';
import type { MemoryOptions } from './contract.js';
import { MemoryData } from './data.js';
import { MemoryEngine } from './engine.js';
import { entriesOf } from './load-result.js';

/**
 * An engine that keeps its entries in the memory of this process (and of one thread of it). All stores that are made with this driver
 * share the entries, from the first store that opens it to the last that closes it.
 *
 * @throws InvalidOptionError
 */
export function inMemory(options: MemoryOptions): EngineDriver;
export function inMemory(options: MemoryOptions, ...more: unknown[]): EngineDriver {
  const fault = countFault('inMemory()', [options, ...more], { takes: 1 });
  if (fault) throw fault;
  checkGiven('inMemory()', options, OPTIONS.inMemory);
  const { kind } = options;
  if (typeof kind !== 'string' || kind === '') {
    throw new InvalidOptionError(`kind of an engine in memory is its name, and not ${shown(kind)}`);
  }
  for (const name of ['load', 'commit', 'close'] as const) {
    if (options[name] === undefined) continue;
    checkFunction(`${name} of an engine in memory is`, options[name]);
  }
  return sharedEngine(options).driver;
}

export interface SharedEngine {
  readonly driver: EngineDriver;
  /** Whether a store has it open, or is opening it. */
  isOpen(): boolean;
}

/** Of options that were checked. */
export function sharedEngine(options: MemoryOptions): SharedEngine {
  let shared: { readonly loading: Promise<MemoryData>; users: number } | undefined;
  let closing: Promise<void> | undefined;
  const start = async (): Promise<MemoryData> => {
    // Its error is for the store that closed it.
    await closing?.catch(() => {});
    const entries = options.load ? entriesOf(await options.load()) : new Map();
    return new MemoryData(entries, keeping(options));
  };
  const end = async (loading: Promise<MemoryData>): Promise<void> => {
    const data = await loading.catch(() => undefined);
    data?.close();
    if (data) await options.close?.();
  };
  const open = async (_: DriverOptions): Promise<MemoryEngine> => {
    shared ??= { loading: start(), users: 0 };
    const mine = shared;
    mine.users++;
    const leave = async (): Promise<void> => {
      if (--mine.users > 0) return;
      if (shared === mine) shared = undefined;
      // Known at once, so that whoever opens it now loads afterwards.
      closing = end(mine.loading);
      await closing;
    };
    try {
      return new MemoryEngine(options.kind, await mine.loading, leave);
    } catch (error) {
      await leave();
      throw error;
    }
  };
  return { driver: { kind: options.kind, open }, isOpen: () => shared !== undefined };
}
