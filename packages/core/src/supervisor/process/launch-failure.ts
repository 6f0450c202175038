// Why an attempt to bring up a worker failed.

import type { StartFailure, StartFailureReason } from '../../errors.js';
import { exitText } from '../../text/exit-text.js';
import { printable } from '../../text/printable.js';
import type { WorkerExit, WorkerIdentity } from '../../worker-status.js';
import { spawnErrorText } from './spawn-error.js';

interface LaunchFailureDetails {
  readonly exit?: WorkerExit;
  readonly cause?: unknown;
  /** What was done to a worker that was not ready in time. */
  readonly late?: string;
  /** Set for a worker without an address of its predecessor. */
  readonly lack?: string;
  readonly missing?: readonly string[];
}

/** Thrown inside the supervisor. The caller, which knows the operation, turns it into an error of the API. */
export class LaunchFailure extends Error implements StartFailure {
  readonly slot: number;
  readonly role: string;
  readonly generation: number;
  readonly reason: StartFailureReason;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: readonly string[];
  readonly missing: readonly string[];
  /** Set if there was a process. */
  readonly exit: WorkerExit | undefined;

  constructor(
    worker: WorkerIdentity,
    reason: StartFailureReason,
    { exit, cause, late, lack, missing = [] }: LaunchFailureDetails,
  ) {
    super(sentence(worker, reason, exit, cause, late, lack), { cause });
    this.slot = worker.slot;
    this.role = worker.role;
    this.generation = worker.generation;
    this.reason = reason;
    this.exitCode = exit?.code ?? null;
    this.signal = exit?.signal ?? null;
    this.stderr = exit?.stderr ?? [];
    this.missing = missing;
    this.exit = exit;
  }
}

/** For the error that is made from a failure. */
export function causeOf({ cause }: LaunchFailure): ErrorOptions {
  return cause === undefined ? {} : { cause };
}

/** The last line that names an error, like the first line of a stack trace; else the last line that is not empty. */
function tellingLine(stderr: readonly string[]): string | undefined {
  const said = stderr
    .map((line) => printable(line))
    .filter((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
  return (
    said.findLast((line) => /^(Uncaught )?\w*(Error|Exception)\b.*: /.test(line)) ?? said.at(-1)
  );
}

/** Node says neither who has the port nor, in a cluster, its address. */
function adviceOn(line: string): string {
  if (!line.includes('EADDRINUSE')) return '';
  return ' (another process listens there; `muster ls` lists the clusters of this user)';
}

function sentence(
  { slot, role, generation }: WorkerIdentity,
  reason: StartFailureReason,
  exit: WorkerExit | undefined,
  cause: unknown,
  late = 'was killed.',
  lack = 'lacks an address.',
): string {
  const who = `worker ${slot} (role ${role}, generation ${generation})`;
  const end = exit ? exitText(exit) : '';
  const line = tellingLine(exit?.stderr ?? []);
  const said = line === undefined ? '' : ` On stderr: ${line}${adviceOn(line)}`;
  switch (reason) {
    case 'exited':
      return `${who} ${end} before it was ready.${said}`;
    case 'crashed':
      return `${who} was ready and then ${end}.${said}`;
    case 'not-ready':
      return `${who} was not ready in time, and ${late}${said}`;
    case 'missing-address':
      return `${who} ${lack}`;
    case 'not-forked':
      return `${who} was not forked: ${spawnErrorText(cause)}`;
  }
}
