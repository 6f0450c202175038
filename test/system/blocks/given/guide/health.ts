// What the examples of docs/guide/health.md are given.
import type { MetricsRegistry } from '@muster/core';

export { startCluster } from '@muster/core';
export declare const registry: MetricsRegistry;
export declare const worker: string;
