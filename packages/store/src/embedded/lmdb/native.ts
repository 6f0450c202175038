// Functions of lmdb's native module that its JavaScript does not offer. They are the reason why the version of lmdb is pinned.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** Found in lmdb 3.5.6: src/txn.cpp and src/dbi.cpp. */
export interface Native {
  /** Gives the snapshot of a read transaction back. The next read through it takes a new one. */
  resetTxn(transactionAddress: number): void;
  /**
   * The bytes of an entry in the memory that all processes map, without a copy. The key is the last one that was looked up in the
   * database, and has at most 16 bytes.
   */
  getSharedByBinary(databaseAddress: number, keyBytes: number): Uint8Array;
}

/** The module that lmdb itself loads: Node loads a native module once. */
export function loadNative(): Native {
  const entry = createRequire(import.meta.url).resolve('lmdb');
  const load = createRequire(entry)('node-gyp-build-optional-packages');
  return load(dirname(dirname(entry)));
}
