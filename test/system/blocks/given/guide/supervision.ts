// What the examples of docs/guide/supervision.md and of the pages below it are given.
import type { Queue } from '@muster/queue';

export declare const eventStreams: Iterable<{ end(): void }>;
export declare const queue: Queue<string>;
