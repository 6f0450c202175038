// The questions of one bus: to one member, or to many.

import { performance } from 'node:perf_hooks';
import { onAbort } from '@muster/codec/abort-listeners';
import { setTimer } from '@muster/codec/timers';
import { noteToSend } from '@muster/codec/tracing';
import type { Gathered, Member, OneTarget, RequestOptions, Target } from '../../bus.js';
import { BackpressureError, BusClosedError, NotJoinedError } from '../../errors.js';
import { readMachinePart } from '../../members/machine.js';
import { addressOf, meantParts, oneTarget } from '../../members/member.js';
import { assertTimeout, checkScope, type Settings } from '../../options/settings.js';
import {
  checkNoMore,
  checkOptions,
  checkSignal,
  ONE_PAYLOAD,
  OPTIONS,
} from '../../options/strict-options.js';
import { RequestTimeoutError, WorkerGoneError } from '../../request-errors.js';
import { isReserved } from '../../topics/topic.js';
import { noted } from '../../wire/body.js';
import { costOf } from '../../wire/cost.js';
import type { Client } from '../client.js';
import { askOneAfterAnother } from './hand-on.js';

const NO_OPTIONS: RequestOptions = {};

export class Requester {
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #assertCall: (call: string) => void;
  /** Ends the requests that wait until this process knows the other members. */
  readonly #held = new Set<(error: Error) => void>();

  /** @param assertCall throws if the bus is closed, or if the call is not one that it may ask. */
  constructor(client: Client, settings: Settings, assertCall: (call: string) => void) {
    this.#client = client;
    this.#settings = settings;
    this.#assertCall = assertCall;
  }

  request(
    to: OneTarget,
    call: string,
    payload: unknown,
    options: RequestOptions | undefined,
    more: readonly unknown[],
  ) {
    const client = this.#client;
    try {
      checkNoMore('request()', more, ONE_PAYLOAD);
      const target = oneTarget(to);
      const { body, timeoutMs, signal, isHome } = this.#prepare(call, payload, options);
      const send = () => {
        const member = client.membership.pickOne(target, this.#self, isHome);
        if (member === undefined)
          return Promise.reject(new WorkerGoneError(call, shownPart(target)));
        const ask = (one: Member, endsAt?: number) =>
          client.requests.ask(one, call, body, timeoutMs, signal, this, endsAt);
        if (isHome || !client.membership.isOnOtherMachines(target)) return ask(member);
        const next = (asked: readonly Member[]) =>
          client.membership.nextAfter(asked, target, this.#self);
        return askOneAfterAnother(ask, next, member, performance.now() + timeoutMs);
      };
      return this.#whenKnown(call, shownPart(target), costOf(call, body), timeoutMs, signal, send);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async gather(
    to: Target,
    call: string,
    payload: unknown,
    options: RequestOptions | undefined,
    more: readonly unknown[],
  ): Promise<Gathered<unknown>> {
    checkNoMore('gather()', more, ONE_PAYLOAD);
    const targets = meantParts(addressOf(to));
    const client = this.#client;
    const { body, timeoutMs, signal, isHome } = this.#prepare(call, payload, options);
    return this.#whenKnown(
      call,
      targets.map(shownPart).join(),
      costOf(call, body),
      timeoutMs,
      signal,
      async () => {
        const { found, missing } = client.membership.pickAll(targets, isHome);
        const answers = await Promise.allSettled(
          found.map((member) => client.requests.ask(member, call, body, timeoutMs, signal, this)),
        );
        const ok: { from: Member; value: unknown }[] = [];
        const failed: { target: Member | OneTarget; error: unknown }[] = missing.map((part) => ({
          target: targetOf(part),
          error: new WorkerGoneError(call, shownPart(part)),
        }));
        answers.forEach((answer, i) => {
          const member = found[i] as Member;
          if (answer.status === 'fulfilled') ok.push({ from: member, value: answer.value });
          else failed.push({ target: member, error: answer.reason as unknown });
        });
        return { ok, failed };
      },
    );
  }

  /** No request of this bus waits any longer. */
  close(): void {
    for (const giveUp of [...this.#held]) giveUp(new BusClosedError());
    this.#client.requests.closed(this);
  }

  get #self(): Member {
    const { self } = this.#client.sender;
    if (self === undefined) throw new NotJoinedError();
    return self;
  }

  /** Checks and copies at the call, whatever is waited for afterwards. */
  #prepare(call: string, payload: unknown, options: RequestOptions | undefined) {
    this.#assertCall(call);
    checkOptions('A request', options, OPTIONS.request);
    const { timeoutMs = this.#settings.timeoutMs, signal, scope = 'group' } = options ?? NO_OPTIONS;
    checkScope(scope);
    assertTimeout(timeoutMs);
    checkSignal(signal);
    signal?.throwIfAborted();
    const { maxMessageBytes, encode } = this.#settings;
    const note = isReserved(call) ? undefined : noteToSend();
    const body = noted(this.#client.packed(call, payload, maxMessageBytes, encode), note);
    return { body, timeoutMs, signal, isHome: scope === 'machine' || isReserved(call) };
  }

  /** Sends at once or, if this process does not know the other members yet, as soon as it does: in order with other messages. */
  #whenKnown<Answer>(
    call: string,
    to: number | string,
    bytes: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    const client = this.#client;
    if (client.sender.isKnown) {
      client.sender.lookUp();
      return send();
    }
    if (client.sender.joinError !== undefined) return Promise.reject(client.sender.joinError);
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#held.delete(giveUp);
        takeBack?.();
        timer.clear();
        unlisten?.();
      };
      const giveUp = (error: unknown) => {
        end();
        reject(error);
      };
      const go = () => {
        end();
        resolve(send());
      };
      this.#held.add(giveUp);
      const takeBack = client.sender.holdCall(go, bytes, giveUp);
      const timer = setTimer(() => giveUp(new RequestTimeoutError(call, to, timeoutMs)), timeoutMs);
      const unlisten = signal && onAbort(signal, () => giveUp(signal.reason));
      if (takeBack === undefined) giveUp(new BackpressureError(call));
    });
  }
}

/** For people. */
function shownPart(part: number | string): number | string {
  const on = readMachinePart(part);
  if (on === undefined) return part;
  const who = on.slot ?? on.role;
  return who === undefined ? on.machine : `${who} on ${on.machine}`;
}

/** As it was given. */
function targetOf(part: number | string): OneTarget {
  const on = readMachinePart(part);
  if (on === undefined) return part;
  const { machine, slot, role } = on;
  return {
    machine,
    ...(slot === undefined ? {} : { slot }),
    ...(role === undefined ? {} : { role }),
  };
}
