// The handle that apps have: a tracer, where there is one, hears of what it sends. What Muster's own handles send is not traced.

import { isTraced, traceSending } from '@muster/codec/tracing';
import type { BroadcastOptions, OneTarget, RequestOptions, Target } from '../bus.js';
import { BusHandle } from './bus-handle.js';

export class TracedBus extends BusHandle {
  override broadcast(
    topic: string,
    payload: unknown,
    options?: BroadcastOptions,
    ...more: unknown[]
  ): Promise<void> {
    if (!isTraced()) return super.broadcast(topic, payload, options, ...more);
    return traceSending('broadcast', topic, () =>
      super.broadcast(topic, payload, options, ...more),
    );
  }

  override request(
    to: OneTarget,
    call: string,
    payload: unknown,
    options?: RequestOptions,
    ...more: unknown[]
  ) {
    if (!isTraced()) return super.request(to, call, payload, options, ...more);
    return traceSending('request', call, () => super.request(to, call, payload, options, ...more));
  }

  override gather(
    to: Target,
    call: string,
    payload: unknown,
    options?: RequestOptions,
    ...more: unknown[]
  ) {
    if (!isTraced()) return super.gather(to, call, payload, options, ...more);
    return traceSending('gather', call, () => super.gather(to, call, payload, options, ...more));
  }
}
