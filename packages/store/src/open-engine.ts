// From a target to an engine. Only the one in use is loaded.
import { isMainThread } from 'node:worker_threads';
import type { Engine } from './engine.js';
import { StoreInThreadError } from './errors.js';
import { warnOutsideProject } from './outside-project.js';
import type { EngineOptions } from './shared-store.js';
import type { StoreTarget } from './target.js';

export async function openEngine(target: StoreTarget, options: EngineOptions): Promise<Engine> {
  if (target.engine === 'embedded') {
    // A thread can be ended anywhere: in the middle of a write it takes LMDB's lock with it, and the process, which the
    // others take it to be held by, lives on. LMDB is not even loaded here.
    if (!isMainThread) throw new StoreInThreadError();
    if (target.isDefault) warnOutsideProject(target.path);
    const { openEmbeddedEngine } = await import('./embedded/open.js');
    return openEmbeddedEngine(target.path, options);
  }
  if (target.engine === 'memory') {
    const { memoryDriver } = await import('./memory/named.js');
    return memoryDriver(target.url).open(options);
  }
  if (target.engine === 'own') return target.driver.open({ deadlineMs: options.deadlineMs });
  const { openRedisEngine } = await import('./redis/open.js');
  return openRedisEngine(target.source, options);
}
