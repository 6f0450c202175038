// What the examples of docs/guide/store.md, and of the pages below docs/guide/store, are given.
import type { SharedStore, StoreView } from '@muster/core';
import type { Express } from 'express';

export { createSharedStore } from '@muster/core';
export declare const store: SharedStore;
export declare const accounts: StoreView;
export declare const app: Express;
export declare const id: string;
export declare const outbox: readonly { to: string }[];
export declare function cleanUpUntil(signal: AbortSignal): Promise<void>;
export declare function findUser(
  id: string,
  options: { signal: AbortSignal },
): Promise<{ name: string } | undefined>;
export declare function readEverythingAnew(): void;
export declare function send(mail: { to: string }): Promise<void>;
