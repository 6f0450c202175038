// Stores of one process with the same folder share its files and its write transactions.

import { TurnBudget } from '../engine/turn-budget.js';
import type { Engine, EngineOptions } from '../engine.js';
import { InvalidOptionError, StoreFullError } from '../errors.js';
import { EmbeddedEngine } from './engine.js';
import { areCurrent } from './files/file-identity.js';
import { closeEnvironment, type Environment, openEnvironment } from './lmdb/environment.js';
import { Sweeper } from './lmdb/sweeper.js';
import { Writer } from './lmdb/writer.js';
import type { Clock } from './shared-memory/clock.js';
import { type OpenFiles, StoreFiles } from './store-files.js';
import { ChangeFeed } from './watch/change-feed.js';

interface Shared {
  readonly opening: Promise<StoreFiles>;
  readonly options: FilesOptions;
  users: number;
}

/** Options that must be equal for all stores on the same files. */
type FilesOptions = Pick<EngineOptions, 'maxBytes' | 'durability' | 'checksums'>;

/** By absolute path. */
const open = new Map<string, Shared>();
/** Files that are being closed, by path: they are opened again only after that. */
const closing = new Map<string, Promise<void>>();

export async function openEmbeddedEngine(path: string, options: EngineOptions): Promise<Engine> {
  let shared = open.get(path);
  if (shared) agree(path, shared.options, options);
  else {
    shared = { opening: openStoreFiles(path, options), options, users: 0 };
    open.set(path, shared);
  }
  shared.users++;
  const release = releaser(path, shared);
  try {
    return new EmbeddedEngine(await shared.opening, options.deadlineMs, release);
  } catch (error) {
    await release();
    throw error;
  }
}

function agree(path: string, first: FilesOptions, other: FilesOptions): void {
  for (const name of ['maxBytes', 'durability', 'checksums'] as const) {
    if (first[name] === other[name]) continue;
    throw new InvalidOptionError(
      `The embedded store at ${path} is open in this process with ${name} ${first[name]}, and cannot be ` +
        `opened with ${other[name]} too; give both stores the same`,
    );
  }
}

async function openStoreFiles(path: string, options: EngineOptions): Promise<StoreFiles> {
  await closing.get(path);
  let clock: Clock | undefined;
  const open = async (): Promise<OpenFiles> => {
    const files = await openFiles(path, options, clock?.now());
    clock = files.environment.clock;
    return files;
  };
  return StoreFiles.open(path, {
    open,
    close: closeFiles,
    areCurrent: ({ environment }) => areCurrent(path, environment.fileIdentity),
  });
}

async function openFiles(path: string, options: EngineOptions, notBefore = 0): Promise<OpenFiles> {
  const environment = await openEnvironment(path, { ...options, notBefore });
  const writer = new Writer(environment, options);
  await forgetWatchers(environment, writer, options.deadlineMs);
  const feed = new ChangeFeed(environment, writer.log);
  writer.onChanges = () => feed.notify();
  const sweeper = new Sweeper(environment, writer);
  return { environment, writer, feed, sweeper, turnBudget: new TurnBudget() };
}

/** Removes the watchers of the process that had this slot before. On a full disk they stay; writers then record changes for nobody. */
async function forgetWatchers(
  { slot: mine }: Environment,
  writer: Writer,
  deadlineMs: number,
): Promise<void> {
  try {
    await writer.write(() => writer.log.reap((slot) => slot === mine), deadlineMs);
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error;
  }
}

function releaser(path: string, shared: Shared): () => Promise<void> {
  return async () => {
    shared.users--;
    if (shared.users > 0) return;
    if (open.get(path) === shared) open.delete(path);
    const done = closeStoreFiles(shared);
    closing.set(path, done);
    await done;
    if (closing.get(path) === done) closing.delete(path);
  };
}

async function closeStoreFiles({ opening }: Shared): Promise<void> {
  const storeFiles = await opening.catch(() => undefined);
  await storeFiles?.close();
}

async function closeFiles(files: OpenFiles): Promise<void> {
  await files.sweeper.close();
  files.feed.close();
  await files.writer.drain();
  await closeEnvironment(files.environment);
}
