// The mark in a store that a restore has begun and not completed.
import { timeOfDay } from '@muster/codec/timers';
import type { Engine } from '../engine.js';
import { Keyspace } from '../entries/keyspace.js';
import { StoreRestoreIncompleteError } from '../errors.js';

const MARK = Keyspace.own('restore').prefix;

export interface UnfinishedRestore {
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export async function beginRestore(engine: Engine, file: string): Promise<void> {
  await engine.set(MARK, `${timeOfDay()} ${file}`, 'never', 'always');
}

export async function endRestore(engine: Engine): Promise<void> {
  await engine.delete([MARK]);
}

/** The restore that has begun and not completed: it is under way, or was cut short. */
export async function unfinishedRestore(engine: Engine): Promise<UnfinishedRestore | undefined> {
  const text = await engine.get(MARK);
  if (text === undefined) return undefined;
  const [, startedAt = 0, file = 'a backup'] = /^(\d{1,15}) (.+)$/s.exec(text) ?? [];
  return { file, startedAt: Number(startedAt) };
}

/** @throws StoreRestoreIncompleteError */
export async function checkWhole(engine: Engine): Promise<void> {
  const unfinished = await unfinishedRestore(engine);
  if (!unfinished) return;
  const { file, startedAt } = unfinished;
  throw new StoreRestoreIncompleteError(
    `The store is not whole: the restore of ${file} that began at ${new Date(startedAt).toISOString()} has not ended; run it again`,
  );
}
