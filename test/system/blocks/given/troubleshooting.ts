// What the examples of docs/troubleshooting.md are given.
import type { SharedStore } from '@muster/core';

export declare const store: SharedStore;
