// The answering side of request and reply: the handlers of this process, and what they are busy with.

import { isTraced, traceReceiving } from '@muster/codec/tracing';
import type { HandlerContext, Member } from '../../bus.js';
import { BackpressureError } from '../../errors.js';
import { isSame } from '../../members/member.js';
import { HandlerTakenError } from '../../request-errors.js';
import { isReserved } from '../../topics/topic.js';
import { type Body, noteOf, pack, unpack } from '../../wire/body.js';
import { FAILURE, REPLY } from '../../wire/frame.js';
import { type Encoding, packAs } from '../encoding.js';
import { CallTable } from './call-table.js';
import { type Failure, packThrown } from './remote-failure.js';
import { isThenable } from './thenable.js';

export type Handler = (payload: unknown, context: HandlerContext) => unknown;

type Unsent = (error: BackpressureError) => void;

/** Sends an answer. @throws BackpressureError, MessageTooLargeError for a reply, and for no failure. */
type Answer = (
  kind: typeof REPLY | typeof FAILURE,
  call: string,
  requester: Member,
  id: number,
  body: Body,
) => void;

/** The second argument of a handler. Its signal is made when it is first read: most handlers never do. */
class Context implements HandlerContext {
  readonly call: string;
  readonly from: Member;
  readonly id: number;
  next: this | undefined;
  readonly #unsent: Unsent;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(call: string, from: Member, id: number, unsent: Unsent = () => {}) {
    this.call = call;
    this.from = from;
    this.id = id;
    this.#unsent = unsent;
  }

  get member(): Member {
    return this.from;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  unsent(error: BackpressureError): void {
    this.#unsent(error);
  }

  abort(): void {
    this.#reason ??= new DOMException('The requester does not wait any longer', 'AbortError');
    this.#controller?.abort(this.#reason);
  }
}

const NO_HANDLER = pack({ why: 'no-handler' } satisfies Failure);
const FULL = pack({ why: 'full' } satisfies Failure);

interface HandlerEntry {
  readonly handler: Handler;
  readonly encode: Encoding;
  readonly unsent: Unsent;
}

export class Handlers {
  readonly #handlers = new Map<string, HandlerEntry>();
  readonly #running = new CallTable<Context>();
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /**
   * @param unsent called for each answer for which the requester had no room
   * @throws HandlerTakenError
   */
  handle(call: string, handler: Handler, encode: Encoding, unsent: Unsent): () => void {
    if (this.#handlers.has(call)) throw new HandlerTakenError(call);
    const entry = { handler, encode, unsent };
    this.#handlers.set(call, entry);
    return () => {
      if (this.#handlers.get(call) === entry) this.#handlers.delete(call);
    };
  }

  /** Calls the handler, and answers when it has a result. Never throws. */
  take(call: string, from: Member, id: unknown, wire: unknown): void {
    if (!isId(id)) return;
    const entry = this.#handlers.get(call);
    const context = new Context(call, from, id, entry?.unsent);
    if (entry === undefined) {
      this.#fail(context, NO_HANDLER);
      return;
    }
    try {
      const { handler, encode } = entry;
      const payload = unpack(wire);
      const result =
        isTraced() && !isReserved(call)
          ? traceReceiving('handle', call, noteOf(wire), () => handler(payload, context))
          : handler(payload, context);
      if (isThenable(result)) this.#wait(Promise.resolve(result), context, encode);
      else this.#reply(context, result, encode);
    } catch (error) {
      this.#fail(context, packThrown(error));
    }
  }

  cancel(from: Member, id: unknown): void {
    if (typeof id === 'number') this.#running.get(from, id)?.abort();
  }

  /** Nobody waits for what this member asked. */
  gone(member: Member): void {
    for (const context of this.#running.all) if (isSame(context.from, member)) context.abort();
  }

  #wait(result: Promise<unknown>, context: Context, encode: Encoding): void {
    // An id that is in use comes from nobody who keeps the rules: it is answered, and cannot be cancelled.
    if (this.#running.get(context.from, context.id) === undefined) this.#running.add(context);
    result
      .then((value) => this.#reply(context, value, encode))
      .catch((error: unknown) => this.#fail(context, packThrown(error)))
      .finally(() => this.#running.delete(context));
  }

  /** @throws UnsupportedValueError, MessageTooLargeError */
  #reply(context: Context, result: unknown, encode: Encoding): void {
    const { call, from, id } = context;
    const body = packAs(encode, result);
    try {
      this.#answer(REPLY, call, from, id, body);
    } catch (error) {
      if (!(error instanceof BackpressureError)) throw error;
      context.unsent(error);
      this.#fail(context, FULL);
    }
  }

  #fail({ call, from, id }: Context, failure: Body): void {
    this.#answer(FAILURE, call, from, id, failure);
  }
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}
