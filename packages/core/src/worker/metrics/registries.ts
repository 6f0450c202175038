/**
 * The app's own metrics in this worker: those of prom-client, and of registries that the app exposes.
 *
 * prom-client is found among the loaded modules; it is never loaded for this. In a bundle there is no such module: there,
 * and for its own registries, an app calls `exposeRegistry()`.
 */
import { requireFrom } from '@muster/codec/own-files';
import { sharedByCopies } from '../../process/shared-by-copies.js';

/** What Muster needs of a registry. prom-client's `Registry` has it. */
export interface MetricsRegistry {
  getMetricsAsJSON(): Promise<unknown[]> | unknown[];
}

const exposed = sharedByCopies('registries', () => new Set<MetricsRegistry>());

/**
 * Adds the metrics of a registry to `/metrics` of the admin endpoint, aggregated over all workers. The default registry of
 * prom-client needs no call. Returns a function that undoes it. Outside a cluster, or without the endpoint, it does
 * nothing.
 *
 * @example
 * exposeRegistry(registry); // anything with getMetricsAsJSON()
 */
export function exposeRegistry(registry: MetricsRegistry): () => void {
  exposed.add(registry);
  return () => exposed.delete(registry);
}

/** A registry that throws gives no metrics. */
export async function appMetrics(): Promise<unknown[]> {
  const registries = new Set([...exposed, ...loadedRegistries()]);
  const answers = await Promise.allSettled(
    [...registries].map(async (registry) => registry.getMetricsAsJSON()),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** Several versions may be loaded side by side. */
function loadedRegistries(): MetricsRegistry[] {
  const { cache } = requireFrom(import.meta.url);
  return Object.entries(cache).flatMap(([file, module]) => {
    if (!/[/\\]prom-client[/\\]index\.js$/.test(file)) return [];
    const { register } = (module?.exports ?? {}) as { register?: Partial<MetricsRegistry> };
    return typeof register?.getMetricsAsJSON === 'function' ? [register as MetricsRegistry] : [];
  });
}
