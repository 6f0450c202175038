// What the examples of docs/guide/supervision.md are given.
import type { Queue } from '@muster/queue';

export declare const eventStreams: Iterable<{ end(): void }>;
export declare const queue: Queue<string>;
