// What the examples of the README of @muster/store are given.
import type { SharedStore, SharedStoreOptions } from '@muster/store';

export declare function openMyStore(options?: SharedStoreOptions): SharedStore;
