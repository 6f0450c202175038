// From a target to an engine. Only the engine in use is loaded.
import type { Engine } from './engine.js';
import type { EngineOptions } from './shared-store.js';
import type { StoreTarget } from './target.js';

export async function openEngine(target: StoreTarget, options: EngineOptions): Promise<Engine> {
  const { openEmbeddedEngine } = await import('./embedded/open.js');
  if (target.engine !== 'embedded') throw new Error('redis follows');
  return openEmbeddedEngine(target.path, options);
}
