// What the examples of docs/errors.md are given.
import type { SharedStore } from '@muster/store';

export declare const store: SharedStore;
