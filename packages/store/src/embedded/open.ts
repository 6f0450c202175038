// Stores of one process that have the same folder share its files, and the transactions that write to them.
import type { Engine } from '../engine.js';
import { InvalidArgumentError } from '../errors.js';
import type { EngineOptions } from '../shared-store.js';
import { EmbeddedEngine, type Files } from './engine.js';
import { closeEnvironment, openEnvironment } from './environment.js';
import { Turn } from './turn.js';
import { Writer } from './writer.js';

interface Shared {
  readonly opening: Promise<Files>;
  readonly maxBytes: number;
  users: number;
}

/** By absolute path. */
const open = new Map<string, Shared>();
/** Files that are being closed, and must be before they are opened again. */
const closing = new Map<string, Promise<void>>();

export async function openEmbeddedEngine(path: string, options: EngineOptions): Promise<Engine> {
  const { maxBytes } = options;
  let shared = open.get(path);
  if (shared && shared.maxBytes !== maxBytes) {
    throw new InvalidArgumentError(
      `The embedded store at ${path} is open in this process with maxBytes ${shared.maxBytes}, and cannot be ` +
        `opened with ${maxBytes} too; give both stores the same`,
    );
  }
  if (!shared) {
    shared = { opening: openFiles(path, maxBytes), maxBytes, users: 0 };
    open.set(path, shared);
  }
  shared.users++;
  const release = releaser(path, shared);
  try {
    return new EmbeddedEngine(await shared.opening, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openFiles(path: string, maxBytes: number): Promise<Files> {
  await closing.get(path);
  const environment = await openEnvironment(path);
  return { environment, writer: new Writer(environment, maxBytes), turn: new Turn() };
}

function releaser(path: string, shared: Shared): () => Promise<void> {
  return async () => {
    shared.users--;
    if (shared.users > 0) return;
    if (open.get(path) === shared) open.delete(path);
    const done = closeFiles(shared);
    closing.set(path, done);
    await done;
    if (closing.get(path) === done) closing.delete(path);
  };
}

async function closeFiles(shared: Shared): Promise<void> {
  const files = await shared.opening.catch(() => undefined);
  if (!files) return;
  files.writer.flush();
  await closeEnvironment(files.environment);
}
