// A folder of its own for each test of a file, and what is opened there: all of it ends with the test.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { WorkerProcess } from './worker-process.js';

export interface OwnFolder {
  /** Of the test that runs. It is not there until a store makes it, and neither is the one above it. */
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
  /** A store there, of this process. */
  open(options?: SharedStoreOptions): SharedStore;
  /** Another process with a store there. */
  start(options?: SharedStoreOptions): Promise<WorkerProcess>;
}

/** To be called at the top of a test file. */
export async function ownFolder(): Promise<OwnFolder> {
  const root = await mkdtemp(join(tmpdir(), 'muster-store-'));
  const stores: SharedStore[] = [];
  const workers: WorkerProcess[] = [];
  let path = '';
  let tests = 0;

  beforeEach(() => {
    path = join(root, `test-${++tests}`, 'store');
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(() => rm(root, { recursive: true }));

  return {
    get path() {
      return path;
    },
    file: (name) => join(path, name),
    open(options = {}) {
      const store = createSharedStore({ url: `lmdb:${path}`, ...options });
      stores.push(store);
      return store;
    },
    async start(options = {}) {
      const worker = await WorkerProcess.start({ url: `lmdb:${path}`, ...options });
      workers.push(worker);
      return worker;
    },
  };
}
