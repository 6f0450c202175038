// The errors of the bus. Each code has a heading in docs/errors.md.

import { MusterError } from '@muster/codec/errors';
import { reasonOf } from '@muster/codec/thrown';

export { InvalidOptionError } from '@muster/codec/errors';

/** The topic or pattern is not valid. Nothing was sent and nothing was subscribed. */
export class InvalidTopicError extends MusterError {
  readonly code = 'MUSTER_INVALID_TOPIC';

  /** @param reason what is wrong with the topic, and what to do. */
  constructor(topic: unknown, reason: string) {
    super(`Invalid topic ${shown(topic)}: ${reason}`);
  }
}

/** The target is not a slot, a role, `'primary'` or a list of these. Nothing was sent. */
export class InvalidTargetError extends MusterError {
  readonly code = 'MUSTER_INVALID_TARGET';

  /** @param reason what to give instead, or what is wrong with the target. */
  constructor(
    target: unknown,
    reason = "give a slot (0, 1, …), a role, 'primary', { machine, slot } or { machine, role }, or a non-empty list of these",
  ) {
    super(`Invalid target ${shown(target)}: ${reason}`);
  }
}

/** This process listens to as many topics and patterns as a process may. This one was not added; the others stay. */
export class TooManySubscriptionsError extends MusterError {
  readonly code = 'MUSTER_TOO_MANY_SUBSCRIPTIONS';

  constructor(topic: string, most: number) {
    super(
      `This process listens to ${most} topics already, and cannot to ${shown(topic)}: end others, or listen to a pattern`,
    );
  }
}

/** The bus was closed, or its process has lost the primary. */
export class BusClosedError extends MusterError {
  readonly code = 'MUSTER_BUS_CLOSED';

  constructor() {
    super('This bus is closed: create another one with createBus(), or send before close()');
  }
}

/** A worker read `self` before the primary has assigned its slot. */
export class NotJoinedError extends MusterError {
  readonly code = 'MUSTER_NOT_JOINED';

  constructor() {
    super(
      'This worker does not know its slot yet: await bus.whenJoined(), and call createBus() in the primary too',
    );
  }
}

/** The primary has loaded a version of this package that writes other frames. Nothing was sent. */
export class BusVersionError extends MusterError {
  readonly code = 'MUSTER_BUS_VERSION';

  /** @param worker the version of the worker's frames, which may be any value */
  constructor(worker: unknown, primary: unknown) {
    super(
      `The bus of this worker writes frames of version ${shown(worker)}, and the bus of the primary frames of version ${shown(primary)}: ` +
        'restart the primary, so that both load the same version of @muster/bus',
    );
  }
}

/** A worker thread has no channel to the primary. No bus was created. */
export class BusInThreadError extends MusterError {
  readonly code = 'MUSTER_BUS_IN_THREAD';

  constructor() {
    super(
      'A worker thread is not a member of a cluster: create the bus in the main thread of the process, and pass messages ' +
        'between the two with postMessage()',
    );
  }
}

/** A listener threw, or its promise rejected; `cause` is that error. The other listeners were called all the same. */
export class ListenerFailedError extends MusterError {
  readonly code = 'MUSTER_LISTENER_FAILED';
  readonly topic: string;

  constructor(topic: string, cause: unknown) {
    super(`A listener of '${topic}' failed: ${reasonOf(cause)}`, { cause });
    this.topic = topic;
  }
}

/** A payload is too long. Nothing was sent. */
export class MessageTooLargeError extends MusterError {
  readonly code = 'MUSTER_MESSAGE_TOO_LARGE';

  /** @param whom the receiver, as in "'orders.created'" or "the requester of 'sum'". */
  constructor(whom: string, bytes: number, maxMessageBytes: number) {
    super(
      `A message of ${bytes} bytes to ${whom} exceeds maxMessageBytes (${maxMessageBytes}): send less, ` +
        'send a reference to the data, or raise maxMessageBytes in createBus()',
    );
  }
}

/** An outbox is full, and the call does not wait for room. Nothing was sent. */
export class BackpressureError extends MusterError {
  readonly code = 'MUSTER_BACKPRESSURE';

  constructor(topic: string) {
    super(
      `No room for a message to '${topic}': the primary or a receiver does not keep up. Try later, or send less`,
    );
  }
}

/** A slot, generation or role is not valid, or another member has it. */
export class InvalidMemberError extends MusterError {
  readonly code = 'MUSTER_INVALID_MEMBER';

  constructor(reason: string) {
    super(`Invalid member: ${reason}`);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(shown).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'object' : String(value);
}
