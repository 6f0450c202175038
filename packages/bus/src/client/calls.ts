// The answering side of request and reply: the handlers of this process, and what they are busy with.

import type { HandlerContext, Member } from '../bus.js';
import { HandlerTakenError } from '../call-errors.js';
import { isSame } from '../member.js';
import { type Body, pack, unpack } from '../wire/body.js';
import { FAILURE, REPLY } from '../wire/frame.js';
import { CallTable } from './call-table.js';
import type { Failure } from './requests.js';

export type Handler = (payload: unknown, context: HandlerContext) => unknown;

/** Sends an answer. @throws MessageTooLargeError, though not for a failure of less than `BRIEF_BYTES`. */
type Answer = (
  kind: typeof REPLY | typeof FAILURE,
  call: string,
  asker: Member,
  id: number,
  body: Body,
) => void;

/** What is left of an error that is longer than a message may be: its name and the start of what it says. */
const BRIEF_CHARS = 1_500;
export const BRIEF_BYTES = 16 * 1024;

/** What a handler is given. The signal is made only where it is looked at: most handlers do not. */
class Context implements HandlerContext {
  readonly call: string;
  readonly from: Member;
  readonly id: number;
  next: this | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(call: string, from: Member, id: number) {
    this.call = call;
    this.from = from;
    this.id = id;
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

  abort(): void {
    this.#reason ??= new DOMException('The asker does not wait any longer', 'AbortError');
    this.#controller?.abort(this.#reason);
  }
}

export class Calls {
  readonly #handlers = new Map<string, Handler>();
  readonly #running = new CallTable<Context>();
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** @throws HandlerTakenError */
  handle(call: string, handler: Handler): () => void {
    if (this.#handlers.has(call)) throw new HandlerTakenError(call);
    this.#handlers.set(call, handler);
    return () => {
      if (this.#handlers.get(call) === handler) this.#handlers.delete(call);
    };
  }

  /** Calls the handler, and answers when it has a result. Never throws. */
  take(call: string, from: Member, id: unknown, wire: unknown): void {
    if (!isId(id)) return;
    const context = new Context(call, from, id);
    const handler = this.#handlers.get(call);
    if (handler === undefined) {
      this.#fail(context, { why: 'no-handler' });
      return;
    }
    try {
      const result = handler(unpack(wire), context);
      if (result instanceof Promise) this.#wait(result, context);
      else this.#reply(context, result);
    } catch (error) {
      this.#fail(context, failureOf(error));
    }
  }

  cancel(from: Member, id: unknown): void {
    if (typeof id === 'number') this.#running.get(from, id)?.abort();
  }

  /** Nobody waits for what this member asked. */
  gone(member: Member): void {
    for (const context of this.#running.all) if (isSame(context.from, member)) context.abort();
  }

  #wait(result: Promise<unknown>, context: Context): void {
    // An id that is in use comes from nobody who keeps the rules: it is answered, and cannot be cancelled.
    if (this.#running.get(context.from, context.id) === undefined) this.#running.add(context);
    result
      .then((value) => this.#reply(context, value))
      .catch((error: unknown) => this.#fail(context, failureOf(error)))
      .finally(() => this.#running.delete(context));
  }

  /** @throws UnsupportedValueError, MessageTooLargeError */
  #reply({ call, from, id }: Context, result: unknown): void {
    this.#answer(REPLY, call, from, id, pack(result));
  }

  #fail({ call, from, id }: Context, failure: Failure): void {
    try {
      this.#answer(FAILURE, call, from, id, pack(failure));
    } catch {
      // It has fields that cannot be carried, or is too long.
      this.#answer(FAILURE, call, from, id, pack(briefly(failure)));
    }
  }
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function briefly({ why, error, stack }: Failure): Failure {
  const brief = new Error(cutShort(String(error?.message)));
  Object.assign(brief, { name: cutShort(String(error?.name)) });
  return { why, error: brief, ...(stack === undefined ? {} : { stack: cutShort(stack) }) };
}

function cutShort(text: string): string {
  return text.length > BRIEF_CHARS ? `${text.slice(0, BRIEF_CHARS)}…` : text;
}

function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { why: 'threw', error, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
