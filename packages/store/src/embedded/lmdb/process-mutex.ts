// A mutex of all processes of the machine: nobody writes while a process is opening the files.
import { mkdirSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { allocateLockFile } from '../shared-memory/allocate.js';
import { openRoot } from './open-root.js';

/** `TransactionFlags.SYNCHRONOUS_COMMIT` of lmdb, whose ES module does not export it. */
export const COMMIT_FLAGS = 2;

/** LMDB's own default. Nothing is read here, so one would do. */
const READERS = 126;

/** The calls below lmdb's `transactionSync`, which costs more than the lock itself. They are not in its types. */
interface Transactions {
  beginTxn(flags: number): void;
  commitTxn(): void;
  abortTxn(): void;
}

/**
 * A lock for all processes of the machine, held for the length of a synchronous function.
 *
 * Opening an LMDB environment is not safe while others write to it: `mdb_env_open2` of lmdb 3.5 reads the number of
 * the last transaction from the file, and some time later puts it into the lock file that all processes share, without any
 * lock. A transaction that was committed in between is then overwritten, and its pages are used for something else. So files are
 * opened and written to under this mutex: the write lock of a second, empty environment to which nobody ever writes, so that its
 * transaction number never changes. When a process dies while holding it, the kernel lets the next one in.
 *
 * Nobody waits here for long, since callers hold the write lock of write-lock.ts. Unlike that one, the mutex cannot be taken from a
 * process that has it. It costs 0.35 µs.
 */
export class ProcessMutex {
  readonly #environment: RootDatabase;
  readonly #transactions: Transactions;

  private constructor(environment: RootDatabase) {
    this.#environment = environment;
    this.#transactions = (environment as unknown as { env: Transactions }).env;
  }

  /** @param isShared another process, or this one, has the files open. */
  static open(lmdb: typeof import('lmdb'), folder: string, isShared: boolean): ProcessMutex {
    const options = {
      path: folder,
      noSubdir: false,
      noSync: true,
      permissionsMode: 0o600,
      maxReaders: READERS,
    };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isShared) allocateLockFile(folder, READERS);
    return new ProcessMutex(openRoot(lmdb, options));
  }

  /** @param work must not return a promise. */
  runExclusive<Output>(work: () => Output): Output {
    const transactions = this.#transactions;
    transactions.beginTxn(COMMIT_FLAGS);
    let output: Output;
    try {
      output = work();
    } catch (error) {
      transactions.abortTxn();
      throw error;
    }
    // The transaction is empty. If beginning it failed, this throws.
    transactions.commitTxn();
    return output;
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}
