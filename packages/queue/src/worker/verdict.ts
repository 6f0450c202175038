// Decides whether a job whose handler threw is tried again.
import { isError } from '@muster/codec/thrown';
import type { JobUnrecoverableError } from '../errors.js';
import { writtenError } from '../jobs/job-error.js';
import type { Settlement } from '../procedures/turn.js';
import type { JobRecord } from '../state/record.js';
import { type BackoffRule, backoffMs } from './backoff.js';

/** @param chance from 0 to 1. */
export function verdictOn(
  { id, token, attempts, maxAttempts }: JobRecord,
  thrown: unknown,
  rule: BackoffRule,
  chance: number,
): Settlement {
  const isFinal = attempts >= maxAttempts || isUnrecoverable(thrown);
  return {
    ...{ id, token, outcome: writtenError(thrown) },
    verdict: isFinal ? 'failed' : 'again',
    delayMs: isFinal ? 0 : backoffMs(rule, attempts, chance),
  };
}

/** Looks at the code, since two copies of a package have two classes. */
function isUnrecoverable(thrown: unknown): boolean {
  const code: JobUnrecoverableError['code'] = 'MUSTER_JOB_UNRECOVERABLE';
  const has = (it: unknown): boolean => isError(it) && 'code' in it && it.code === code;
  return has(thrown) || (isError(thrown) && has(thrown.cause));
}
