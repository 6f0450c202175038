// From a target to an engine. Only the one in use is loaded.
import type { Engine } from './engine.js';
import type { EngineOptions } from './shared-store.js';
import type { StoreTarget } from './target.js';

export async function openEngine(target: StoreTarget, options: EngineOptions): Promise<Engine> {
  if (target.engine === 'embedded') {
    const { openEmbeddedEngine } = await import('./embedded/open.js');
    return openEmbeddedEngine(target.path, options);
  }
  const { openRedisEngine } = await import('./redis/open.js');
  return openRedisEngine(target.source, options);
}
