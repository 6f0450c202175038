export type {
  AnyCalls,
  AnyEvents,
  BroadcastOptions,
  Bus,
  BusOptions,
  BusStats,
  CallHandler,
  Delivery,
  Gathered,
  HandlerContext,
  Listener,
  Member,
  MemberStats,
  OutboxPolicy,
  RequestOptions,
  Target,
} from './bus.js';
export { createBus } from './create-bus.js';
export {
  BackpressureError,
  BusClosedError,
  BusInThreadError,
  BusVersionError,
  InvalidMemberError,
  InvalidOptionError,
  InvalidTargetError,
  InvalidTopicError,
  ListenerFailedError,
  MessageTooLargeError,
  NotJoinedError,
  TooManySubscriptionsError,
} from './errors.js';
export type { PayloadOf, TopicOf, TopicsOf } from './payload.js';
export {
  HandlerTakenError,
  NoHandlerError,
  RemoteError,
  RequestTimeoutError,
  WorkerGoneError,
} from './request-errors.js';
