// lmdb, and functions of its native module that its types do not have. They are the reason why the version of lmdb is pinned.
import { requireFrom } from '@muster/codec/own-files';
import { reasonOf } from '@muster/codec/thrown';
import { StoreUnreachableError } from '../../errors.js';

export type Lmdb = typeof import('lmdb');

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

/**
 * A process on Redis never calls it, and so never maps the native library.
 *
 * @throws StoreUnreachableError if it is not there, as in a bundle: its native part is a file that a bundler leaves behind.
 */
export async function loadLmdb(): Promise<{ lmdb: Lmdb; native: Native }> {
  try {
    const lmdb = required() ?? (await import('lmdb'));
    return { lmdb, native: (lmdb as unknown as { nativeAddon: Native }).nativeAddon };
  } catch (cause) {
    throw new StoreUnreachableError(
      `The embedded store needs the package lmdb, which cannot be loaded (${reasonOf(cause).split('\n', 1)[0]}). ` +
        'Run npm ci on the system where the app runs, without --omit=optional, which leaves its binary out. ' +
        'A bundle must leave it out and find it installed: esbuild --external:lmdb, serverExternalPackages of Next.js',
      undefined,
      { cause },
    );
  }
}

/** Its CommonJS has fewer files than its ES modules, and is loaded in half of the time; a bundler follows only `import`. */
function required(): Lmdb | undefined {
  try {
    return requireFrom(import.meta.url)('lmdb') as Lmdb;
  } catch {
    return undefined;
  }
}
