// From a target to an engine. Only the one in use is loaded.
import { isMainThread } from 'node:worker_threads';
import type { Engine, EngineOptions } from '../engine.js';
import { StoreInThreadError } from '../errors.js';
import { warnOutsideProject } from './outside-project.js';
import type { StoreTarget } from './target.js';

type Open = (options: EngineOptions) => Engine | Promise<Engine>;

/** Loads what opens the engine of the target. */
export async function openerOf(target: StoreTarget): Promise<Open> {
  if (target.engine === 'embedded') {
    // A thread can be ended anywhere: in the middle of a write it takes LMDB's lock with it, and the process, which the
    // others take it to be held by, lives on. LMDB is not even loaded here.
    if (!isMainThread) throw new StoreInThreadError();
    if (target.isDefault) warnOutsideProject(target.path);
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
