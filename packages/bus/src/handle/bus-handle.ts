// The object that `createBus()` returns: a handle on the hub of the process.

import { clearTimeout, setTimeout } from 'node:timers';
import { onAbort } from '@muster/codec/abort-listeners';
import type {
  BroadcastOptions,
  BusStats,
  CallHandler,
  Delivery,
  Listener,
  Member,
  OneTarget,
  RequestOptions,
  Target,
} from '../bus.js';
import type { SendOptions } from '../client/client.js';
import { abortable, signalOf, type WaitOptions } from '../client/requests/abortable.js';
import { Requester } from '../client/requests/requester.js';
import { isThenable } from '../client/requests/thenable.js';
import { BusClosedError, ListenerFailedError, NotJoinedError } from '../errors.js';
import { isLocal } from '../members/machine.js';
import { addressOf } from '../members/member.js';
import { checkScope, checkTtl, type Settings } from '../options/settings.js';
import {
  checkFlag,
  checkFunction,
  checkNoMore,
  checkNone,
  checkOptions,
  ONE_PAYLOAD,
  OPTIONS,
} from '../options/strict-options.js';
import type { Hub } from '../process/hub.js';
import { assertPattern, assertTopic, topicOf } from '../topics/topic.js';

/** How long `close()` waits for receivers that do not read, in milliseconds. */
const CLOSE_MS = 5_000;

const NO_OPTIONS: BroadcastOptions = {};

/** A value that no topic has. */
const NONE = {};

/** Every method is typed loosely here: it is `Bus` that says what an app may do. */
export class BusHandle {
  readonly #hub: Hub;
  readonly #settings: Settings;
  readonly #reserved: boolean;
  readonly #ends = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #requester: Requester;
  /** How a broadcast without options is sent. */
  readonly #defaultOptions: SendOptions;
  #isClosed = false;
  #closed: Promise<void> | undefined;
  /** The last topic that was found to be one: most senders send to few. */
  #lastTopic: unknown = NONE;

  constructor(hub: Hub, settings: Settings, reserved: boolean) {
    this.#hub = hub;
    this.#settings = settings;
    this.#reserved = reserved;
    this.#defaultOptions = this.#sendOptions(NO_OPTIONS);
    this.#requester = new Requester(hub.client, settings, (call) => {
      this.#assertOpen();
      assertTopic(call, reserved);
    });
  }

  get self() {
    const { self } = this.#hub.client.sender;
    if (self === undefined) throw new NotJoinedError();
    return self;
  }

  async whenJoined(options?: WaitOptions, ...more: unknown[]) {
    checkNoMore('whenJoined()', more);
    return abortable('whenJoined()', options, () => this.#hub.client.sender.whenJoined());
  }

  members(...more: unknown[]) {
    checkNoMore('members()', more);
    const { joined } = this.#hub.client.membership;
    return this.#reserved ? joined.filter(isLocal) : joined;
  }

  onJoined(listener: (member: unknown) => void, ...more: unknown[]) {
    checkNone('onJoined()', more);
    const { joinedListeners, upListeners } = this.#hub.client.membership;
    return this.#onMember(this.#reserved ? upListeners : joinedListeners, 'joined', listener);
  }

  onLeft(listener: (member: unknown) => void, ...more: unknown[]) {
    checkNone('onLeft()', more);
    const { leftListeners, goneListeners } = this.#hub.client.membership;
    return this.#onMember(this.#reserved ? goneListeners : leftListeners, 'left', listener);
  }

  onGap(listener: (gap: unknown) => void, ...more: unknown[]) {
    checkNone('onGap()', more);
    return this.#onMember(this.#hub.client.membership.gapListeners, 'a gap', listener);
  }

  on(pattern: string, listener: Listener<unknown>, ...given: unknown[]) {
    this.#assertOpen();
    assertPattern(pattern, this.#reserved);
    checkFunction('listener of on()', listener);
    checkNone('on()', given);
    let ended = false;
    const end = this.#hub.client.subscribe({
      pattern,
      seen: new Map(),
      deliver: (payload, delivery) => {
        if (!ended) this.#call(delivery.topic, () => listener(payload, delivery as Delivery));
      },
    });
    return this.#endable(() => {
      ended = true;
      end();
    });
  }

  once(pattern: string, options?: WaitOptions, ...more: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      checkNoMore('once()', more);
      const signal = signalOf('once()', options);
      const end = this.on(pattern, (payload) => settle(() => resolve(payload)));
      const unlisten = [
        onAbort(this.#closing.signal, () => settle(() => reject(this.#closing.signal.reason))),
        signal ? onAbort(signal, () => settle(() => reject(signal.reason))) : () => {},
      ];
      const settle = (how: () => void) => {
        end();
        for (const stop of unlisten) stop();
        how();
      };
    });
  }

  broadcast(
    topic: string,
    payload: unknown,
    options?: BroadcastOptions,
    ...more: unknown[]
  ): Promise<void> {
    this.#assertOpen();
    if (topic !== this.#lastTopic) assertTopic(topic, this.#reserved);
    this.#lastTopic = topic;
    const { client } = this.#hub;
    if (more.length > 0) checkNoMore('broadcast()', more, ONE_PAYLOAD);
    if (options === undefined) return client.broadcast(topic, payload, null, this.#defaultOptions);
    checkOptions('broadcast()', options, OPTIONS.broadcast);
    const { scope = 'group' } = options;
    checkScope(scope);
    const address = addressOf(options.to, options.except, scope);
    return client.broadcast(topic, payload, address, this.#sendOptions(options));
  }

  deleteRetained(topic: string, ...given: unknown[]): void {
    this.#assertOpen();
    assertTopic(topic, this.#reserved);
    checkNone('deleteRetained()', given, 'it deletes the value for everybody');
    this.#hub.client.deleteRetained(topic);
  }

  async whenSubscribed(options?: WaitOptions, ...more: unknown[]): Promise<void> {
    this.#assertOpen();
    checkNoMore('whenSubscribed()', more);
    const closed = this.#closing.signal;
    return abortable('whenSubscribed()', options, () => this.#hub.client.sender.sync(), closed);
  }

  topicOf(...parts: readonly unknown[]): string {
    return topicOf(parts);
  }

  handle(call: string, handler: CallHandler<unknown, unknown>, ...given: unknown[]) {
    this.#assertOpen();
    assertTopic(call, this.#reserved);
    checkFunction('handler of handle()', handler);
    checkNone('handle()', given);
    const { encode, onError } = this.#settings;
    const end = this.#hub.client.handlers.handle(call, handler, encode, (error) =>
      onError(new ListenerFailedError(call, error)),
    );
    if (!this.#reserved) this.#hub.client.open();
    return this.#endable(end);
  }

  request(
    to: OneTarget,
    call: string,
    payload: unknown,
    options?: RequestOptions,
    ...more: unknown[]
  ) {
    return this.#requester.request(to, call, payload, options, more);
  }

  gather(to: Target, call: string, payload: unknown, options?: RequestOptions, ...more: unknown[]) {
    return this.#requester.gather(to, call, payload, options, more);
  }

  async flush(options?: WaitOptions, ...more: unknown[]): Promise<void> {
    checkNoMore('flush()', more);
    return abortable('flush()', options, () => this.#hub.client.sender.flushed());
  }

  stats(...more: unknown[]): BusStats {
    checkNoMore('stats()', more);
    const { client } = this.#hub;
    const { badFrames, ...outboxes } = this.#hub.outboxes();
    const { sender, received } = client;
    const { held } = sender;
    return {
      ...outboxes,
      sent: sender.sent,
      received,
      badFrames: badFrames + client.badFrames,
      bytes: outboxes.bytes + held.bytes,
      messages: outboxes.messages + held.messages,
      dropped: outboxes.dropped + held.dropped,
    };
  }

  async close(...more: unknown[]): Promise<void> {
    checkNoMore('close()', more, `it waits for ${CLOSE_MS} ms at most`);
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#ends]) end();
    this.#closing.abort(new BusClosedError());
    this.#requester.close();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    const flushed = this.#hub.client.sender.flushed().catch(() => {});
    await Promise.race([flushed, tooLong]);
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws InvalidOptionError */
  #sendOptions({ self = false, retain = false, ttlMs }: BroadcastOptions): SendOptions {
    checkFlag('self', self);
    checkFlag('retain', retain);
    checkTtl(ttlMs, retain);
    const { whenFull: policy, maxMessageBytes: maxBytes, encode } = this.#settings;
    const lifetimeMs = Math.ceil(ttlMs ?? Number.POSITIVE_INFINITY);
    return { self, retain, ttlMs: lifetimeMs, policy, maxBytes, encode };
  }

  #onMember(
    listeners: Set<(about: never) => void>,
    what: string,
    listener: (member: unknown) => void,
  ) {
    this.#assertOpen();
    checkFunction(`listener of members that have ${what}`, listener);
    const safe = (about: unknown) => {
      // Muster's own messages stay on their machine.
      if (this.#reserved && !isLocal(about as Member)) return;
      this.#call(what, () => listener(about));
    };
    listeners.add(safe);
    if (!this.#reserved) this.#hub.client.open();
    return this.#endable(() => listeners.delete(safe));
  }

  #call(topic: string, listener: () => unknown): void {
    const failed = (cause: unknown) =>
      this.#settings.onError(new ListenerFailedError(topic, cause));
    try {
      const result = listener();
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  #endable(end: () => void): () => void {
    const ending = () => {
      this.#ends.delete(ending);
      end();
    };
    this.#ends.add(ending);
    return ending;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new BusClosedError();
  }
}
