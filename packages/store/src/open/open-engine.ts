// Opens the engine of a target. Only the code of that engine is loaded.
import { isMainThread } from 'node:worker_threads';
import type { Engine, EngineOptions } from '../engine.js';
import { StoreInThreadError } from '../errors.js';
import { warnIfMisplaced } from './misplaced-store.js';
import type { StoreTarget } from './target.js';

type Open = (options: EngineOptions) => Engine | Promise<Engine>;

/** Loads what opens the engine of the target. */
export async function openerOf(target: StoreTarget): Promise<Open> {
  if (target.engine === 'embedded') {
    // A thread can be terminated anywhere. In the middle of a write it would keep LMDB's lock, while its process, which seems to
    // hold it, lives on. LMDB is not even loaded here.
    if (!isMainThread) throw new StoreInThreadError();
    if (target.isDefault) warnIfMisplaced(target.path);
    const { openEmbeddedEngine } = await import('../embedded/open.js');
    return (options) => openEmbeddedEngine(target.path, options);
  }
  if (target.engine === 'memory') {
    const { memoryDriver } = await import('../memory/named-drivers.js');
    return (options) => memoryDriver(target.url).open(options);
  }
  if (target.engine === 'own') {
    const { openOwnEngine } = await import('./own-engine.js');
    return (options) => openOwnEngine(target.driver, options.deadlineMs);
  }
  const { openRedisEngine } = await import('../redis/open.js');
  return (options) => openRedisEngine(target.source, options);
}
