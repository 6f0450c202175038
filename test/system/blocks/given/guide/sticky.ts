// What the examples of docs/guide/sticky.md are given.
export { startCluster } from '@muster/core';
export declare const worker: string;
