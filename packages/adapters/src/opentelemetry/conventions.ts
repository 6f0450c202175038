// What spans are called and have, by the semantic conventions of OpenTelemetry:
// opentelemetry.io/docs/specs/semconv/messaging/messaging-spans
import type { TracedOperation } from '@muster/codec/tracing';
import type { Attributes, SpanKind } from '@opentelemetry/api';

type Operation = TracedOperation['operation'];

/** Numbers of `SpanKind`: the package that has them is a peer, and only types may be imported. */
const [SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4] as const satisfies SpanKind[];

export const KINDS: Readonly<Record<Operation, SpanKind>> = {
  request: CLIENT,
  gather: CLIENT,
  handle: SERVER,
  broadcast: PRODUCER,
  listen: CONSUMER,
  add: PRODUCER,
  work: CONSUMER,
};

export function isSending(operation: Operation): boolean {
  return KINDS[operation] === CLIENT || KINDS[operation] === PRODUCER;
}

export function attributesOf(operation: Operation, name: string): Attributes {
  const isOfQueue = operation === 'add' || operation === 'work';
  return {
    'messaging.system': isOfQueue ? 'muster.queue' : 'muster.bus',
    'messaging.destination.name': name,
    'messaging.operation.name': operation,
    'messaging.operation.type': isSending(operation) ? 'send' : 'process',
  };
}
