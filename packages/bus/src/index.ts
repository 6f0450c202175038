export type {
  BroadcastOptions,
  Bus,
  BusOptions,
  Delivery,
  Listener,
  Member,
  Target,
} from './bus.js';
export { createBus } from './create-bus.js';
export {
  BusClosedError,
  InvalidMemberError,
  InvalidTargetError,
  InvalidTopicError,
  ListenerFailedError,
  NotJoinedError,
} from './errors.js';
export type { PayloadOf, TopicsOf } from './payload.js';
