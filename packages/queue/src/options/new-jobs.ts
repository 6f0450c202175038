// Turns the arguments of `add` into jobs for the store.
import { encode } from '@muster/codec';
import { type OptionNames, shown } from '@muster/codec/options';
import { noteToSend } from '@muster/codec/tracing';
import { nanoid } from 'nanoid';
import { InvalidOptionError } from '../errors.js';
import { noted } from '../jobs/note.js';
import type { AddOptions } from '../queue.js';
import type { NewJob } from '../state/new-job.js';
import { ID_BYTES, LONGEST_MS, PRIORITY_MOST } from '../state/record.js';
import { checkNames, checkText, whole } from './checks.js';

const OPTIONS = ['id', 'dedupeMs', 'priority', 'delayMs', 'attempts', 'after'];
const advice = {
  delay: 'did you mean delayMs, in milliseconds?',
  jobId: 'did you mean id?',
  backoff: 'that is an option of createQueue()',
  repeat: 'see createSchedule()',
  name: 'a queue has one kind of job; put the name into its data',
};
const ADD: OptionNames = { known: new Set(OPTIONS), advice };
const ENTRY: OptionNames = { known: new Set([...OPTIONS, 'data']), advice };

/** @throws InvalidOptionError, UnsupportedValueError */
export function newJob(data: unknown, options: AddOptions, attempts: number): NewJob {
  checkNames('add()', options, ADD);
  return made(data, options, attempts);
}

/** @throws InvalidOptionError, UnsupportedValueError */
export function newJobs(entries: unknown, attempts: number): NewJob[] {
  const isList = typeof entries === 'object' && entries !== null && Symbol.iterator in entries;
  if (!isList) {
    throw new InvalidOptionError(
      `addMany() takes a list of { data, … }, and not ${shown(entries)}`,
    );
  }
  return Array.from(entries as Iterable<AddOptions & { data: unknown }>, (entry) => {
    checkNames('An entry of addMany()', entry, ENTRY);
    return made(entry.data, entry, attempts);
  });
}

function made(value: unknown, options: AddOptions, attempts: number): NewJob {
  const { id, after = [], priority = 0, delayMs = 0, dedupeMs = 0 } = options;
  if (!Array.isArray(after)) {
    throw new InvalidOptionError(`after is a list of ids of jobs, and not ${shown(after)}`);
  }
  // A job without data has `undefined` as its data.
  const data = noted(value === undefined ? '' : encode(value), noteToSend());
  return {
    id: id === undefined ? nanoid() : checkId(id),
    priority: whole('priority', priority, { min: -PRIORITY_MOST, max: PRIORITY_MOST }) + 0,
    delayMs: whole('delayMs', delayMs, { min: 0, max: LONGEST_MS }),
    dedupeMs: whole('dedupeMs', dedupeMs, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    maxAttempts: whole('attempts', options.attempts ?? attempts, {
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
    bytes: Buffer.byteLength(data),
    after: [...new Set(after.map(checkId))],
    data,
    isFresh: id === undefined,
  };
}

/** @throws InvalidOptionError */
export function checkId(id: unknown): string {
  return checkText('The id of a job', id, ID_BYTES);
}
