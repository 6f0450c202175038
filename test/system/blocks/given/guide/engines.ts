// What the examples of docs/guide/engines.md are given.
export { createSharedStore } from '@muster/store';
