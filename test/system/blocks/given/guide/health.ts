// What the examples of docs/guide/health.md are given.
export { startCluster } from '@muster/core';
