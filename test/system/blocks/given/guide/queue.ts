// What the examples of docs/guide/queue.md are given.
import type { SharedStore } from '@muster/core';
import type { Queue } from '@muster/queue';

export { createQueue } from '@muster/queue';
export declare const store: SharedStore;
export declare const queue: Queue<string>;
export declare const mail: Queue<{ to: string }>;
export declare function send(mail: unknown, options: { signal: AbortSignal }): Promise<void>;
