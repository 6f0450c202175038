// The answering side of request and reply: the handlers of this process, and what they are busy with.

import { pack, unpack } from './body.js';
import type { HandlerContext, Member } from './bus.js';
import { HandlerTakenError } from './call-errors.js';
import { FAILURE, REPLY } from './frame.js';
import { keyOf } from './member.js';
import type { Failure } from './requests.js';

export type Handler = (payload: unknown, context: HandlerContext) => unknown;

/** Sends an answer. @throws MessageTooLargeError */
type Answer = (
  kind: typeof REPLY | typeof FAILURE,
  call: string,
  key: string,
  body: string,
) => void;

/** What a handler is given. The signal is made only where it is looked at: most handlers do not. */
class Context implements HandlerContext {
  readonly call: string;
  readonly from: Member;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(call: string, from: Member) {
    this.call = call;
    this.from = from;
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
  readonly #running = new Map<string, Context>();
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
    if (typeof id !== 'number') return;
    const handler = this.#handlers.get(call);
    const key = keyOf(from);
    if (handler === undefined) {
      this.#fail(call, key, id, { why: 'no-handler' });
      return;
    }
    const context = new Context(call, from);
    const failed = (error: unknown) => this.#fail(call, key, id, failureOf(error));
    const reply = (result: unknown) => this.#answer(REPLY, call, key, `${id},${pack(result)}`);
    try {
      const result = handler(unpack(wire), context);
      if (result instanceof Promise) {
        const running = `${key} ${id}`;
        this.#running.set(running, context);
        result
          .then(reply)
          .catch(failed)
          .finally(() => this.#running.delete(running));
      } else reply(result);
    } catch (error) {
      failed(error);
    }
  }

  cancel(from: Member, id: unknown): void {
    this.#running.get(`${keyOf(from)} ${String(id)}`)?.abort();
  }

  /** Nobody waits for what this member asked. */
  gone(key: string): void {
    for (const [running, context] of this.#running) {
      if (running.startsWith(`${key} `)) context.abort();
    }
  }

  #fail(call: string, key: string, id: number, failure: Failure): void {
    let body: string;
    try {
      body = pack(failure);
    } catch {
      // It has fields that cannot be carried.
      const { name, message } = failure.error ?? new Error('unknown');
      body = pack({ ...failure, error: Object.assign(new Error(message), { name }) });
    }
    this.#answer(FAILURE, call, key, `${id},${body}`);
  }
}

function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { why: 'threw', error, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
