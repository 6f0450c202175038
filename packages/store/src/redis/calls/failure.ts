// Errors for callers, from failures of Redis or of the connection.
import {
  DeadlineExceededError,
  OutcomeUnknownError,
  StoreError,
  StoreFailedError,
  StoreFullError,
  StoreUnreachableError,
  WrongTypeError,
} from '../../errors.js';
import { redacted, withoutArguments } from '../redacted.js';
import { replyText } from './reply-text.js';

/** For messages of errors: the call, and its full key or another object. */
export type CallName = readonly [verb: string, of: string];

export function describe([verb, of]: CallName): string {
  return `${verb} ${JSON.stringify(of)}`;
}

/** ioredis refused the command because it could not have sent it. */
export function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable");
}

/** The connection ended under the command. */
export function lostConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.message === 'Connection is closed.' || error.name === 'AbortError')
  );
}

export function outcomeUnknown(name: CallName, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `${describe(name)} was sent to Redis and not answered: it may have been applied, or may still be; read the key to find out`,
    undefined,
    { cause: redacted(cause) },
  );
}

export function notAnswered(name: CallName, deadlineMs: number, cause: unknown): StoreError {
  return new DeadlineExceededError(
    `Redis did not answer ${describe(name)} within ${deadlineMs} ms; it can be tried again`,
    undefined,
    { cause: redacted(cause) },
  );
}

export function notReached(name: CallName, deadlineMs: number, cause: unknown): StoreError {
  const reason = reasonOf(cause);
  return new StoreUnreachableError(
    `Redis could not be reached within ${deadlineMs} ms${reason}. ${describe(name)} was not carried out`,
    undefined,
    { cause: redacted(cause) },
  );
}

/** @param label of the server, if it is known. */
export function waitsInVain(label: string | undefined, name: CallName, cause: unknown): StoreError {
  const which = label === undefined ? 'Redis' : `The Redis at ${label}`;
  return new StoreUnreachableError(
    `${which} cannot be reached${reasonOf(cause)}. Look at the address and the password of the store. ${describe(name)} was not carried out`,
    undefined,
    { cause: redacted(cause) },
  );
}

/** @param label of the only server that the call could be sent to. */
export function noMaster(label: string, name: CallName): StoreError {
  return new StoreUnreachableError(
    `${label} is no longer a master of the Cluster. ${describe(name)} was not carried out`,
  );
}

export function partOfCluster(label: string, name: CallName, cause: unknown): StoreError {
  return new StoreUnreachableError(
    `${label} is one server of a Redis Cluster, which needs redis+cluster:// in place of redis://. ` +
      `${describe(name)} was not carried out`,
    undefined,
    { cause: redacted(cause) },
  );
}

export function notConnected(cause: Error | undefined): StoreUnreachableError {
  const reason = reasonOf(cause);
  return new StoreUnreachableError(
    `There is no connection to Redis${reason}. It is tried again at least twice a second; calls wait until their deadline`,
    undefined,
    { cause: redacted(cause) },
  );
}

/** For the end of a sentence. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `: ${withoutArguments(cause.message).replace(/\.$/, '')}` : '';
}

/** A reply that Redis would not give: another program sends it, or changes it on the way. @param cause the reader's error. */
export function unreadable(name: CallName, cause: unknown): StoreError {
  return new StoreFailedError(
    `Redis answered what this store cannot read: ${describe(name)}; look whether it is a Redis, and what is in between`,
    undefined,
    { cause },
  );
}

/** @param cause why it could not be made a command. */
export function tooLarge(name: CallName, cause: unknown): StoreError {
  return new StoreFailedError(
    `${describe(name)} is too large for one command, and was not sent${reasonOf(cause)}. Split it into several calls`,
    undefined,
    { cause },
  );
}

export function fromReply(error: unknown, name: CallName): StoreError {
  if (error instanceof StoreError) return error;
  const call = describe(name);
  const reason = withoutArguments(error instanceof Error ? error.message : String(error));
  const text = error instanceof Error ? replyText(error) : reason;
  const options = { cause: redacted(error) };
  if (text.startsWith('WRONGTYPE')) {
    return new WrongTypeError(
      name[1],
      'holds another Redis type than a string; something else wrote it',
      options,
    );
  }
  if (text.startsWith('OOM')) {
    return new StoreFullError(
      `${call}: Redis has reached its maxmemory; delete something, or raise it`,
      undefined,
      options,
    );
  }
  return new StoreFailedError(`${call} failed in Redis: ${reason}`, undefined, options);
}
