// What the examples of docs/guide/metrics.md are given.
import type { MetricsRegistry } from '@muster/core';

export declare const registry: MetricsRegistry;
