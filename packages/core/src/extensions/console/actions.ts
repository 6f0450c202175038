/**
 * What a page may do to the cluster: the calls of the `muster` command, with their checks. A call that is refused at once is
 * answered so; of one that is under way, events tell the outcome.
 */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MusterError } from '@muster/codec/errors';
import { reasonOf } from '@muster/codec/thrown';
import * as check from '../../checks/option-checks.js';
import { InvalidOptionError } from '../../errors.js';
import { number } from '../control/calls/call-arguments.js';
import { createOperations } from '../control/calls/operations.js';
import type { Supervision } from '../extension.js';
import type { PrimaryStore } from '../locks/primary-store.js';
import type { EventLog } from './events/event-log.js';
import { sendProfile } from './http/profile.js';
import { json, Refused, type Reply } from './http/reply.js';
import type { Actions } from './protocol.js';
import { retryJob } from './views/queues.js';

type Body = Readonly<Record<string, unknown>>;
type Operation = 'reload' | 'restart' | 'scale' | 'stop';

/** Operations that are under way or wait for others: each is one after the other. */
const MAX_PENDING = 16;

export class ConsoleActions {
  readonly #operations: ReturnType<typeof createOperations>;
  readonly #supervision: Supervision;
  readonly #store: PrimaryStore;
  readonly #events: EventLog;
  readonly #readOnly: boolean;
  #pending = 0;
  #lastId = 0;

  constructor(
    supervision: Supervision,
    store: PrimaryStore,
    events: EventLog,
    { readOnly }: { readonly readOnly: boolean },
  ) {
    this.#operations = createOperations(supervision);
    this.#supervision = supervision;
    this.#store = store;
    this.#events = events;
    this.#readOnly = readOnly;
  }

  /** `undefined`: the response is written. @throws Refused, or the error of the operation */
  async run(name: string, body: Body, response: ServerResponse): Promise<Reply | undefined> {
    if (this.#readOnly) throw new Refused(403, 'This console is read-only.');
    switch (name) {
      case 'reload':
      case 'restart':
        return this.#begin(name, body);
      case 'scale':
        return this.#begin(name, scaleArguments(body));
      case 'stop':
        check.objectOf('stop', body, []);
        return this.#begin(name, body);
      case 'retry':
        return this.#retry(body);
      case 'profile':
        return this.#profile(body, response);
      default:
        throw new Refused(404, 'There is no such action.');
    }
  }

  async #begin(action: Operation, args: Body): Promise<Reply> {
    if (this.#pending >= MAX_PENDING) {
      throw new Refused(429, `${MAX_PENDING} operations wait already.`, { 'retry-after': '5' });
    }
    this.#pending += 1;
    const outcome = (async () => this.#operations[action](args))().finally(() => {
      this.#pending -= 1;
    });
    // What is wrong with it is known in this turn.
    await Promise.race([outcome, nextTurn()]);
    this.#lastId += 1;
    const operation = String(this.#lastId);
    const told = { action, operation, ...slotOf(args) };
    const what = `${action}${told.slot === undefined ? '' : ` of slot ${told.slot}`}`;
    this.#events.add({
      level: 'info',
      type: 'action.accepted',
      text: `a page asked for this: ${what}`,
      ...told,
    });
    outcome.then(
      () =>
        this.#events.add({ level: 'info', type: 'action.done', text: `done: ${what}`, ...told }),
      (error) =>
        this.#events.add({
          level: 'error',
          type: 'action.failed',
          text: `${what} failed: ${reasonOf(error)}`,
          ...told,
          ...(error instanceof MusterError && { code: error.code }),
        }),
    );
    return json(202, { operation });
  }

  async #profile(body: Body, response: ServerResponse): Promise<undefined> {
    const { slot, forMs } = check.objectOf('profile', body, ['slot', 'forMs']) as Body;
    const of = number('slot', slot);
    const what = `a profile of slot ${of}`;
    const told = { action: 'profile', slot: of } as const;
    await sendProfile(this.#supervision, of, forMs as number | undefined, response, () =>
      this.#events.add({
        level: 'info',
        type: 'action.done',
        text: `a page took ${what}`,
        ...told,
      }),
    );
    return undefined;
  }

  async #retry(body: Body): Promise<Reply> {
    const { queue, id } = check.objectOf('retry', body, ['queue', 'id']) as Partial<
      Actions['retry']
    >;
    const [name, job] = [check.text('queue', queue as string), check.text('id', id as string)];
    const answer = await retryJob(this.#store, name, job);
    const text = `a page asked for this: retry of job ${job} of ${name}`;
    this.#events.add({ level: 'info', type: 'action.done', action: 'retry', text });
    return json(200, answer);
  }
}

/** As the control socket takes them: `{ workers }`, or `{ workers: { role: count } }`. */
function scaleArguments(body: Body): Body {
  const { role, workers } = check.objectOf('scale', body, ['role', 'workers']) as Body;
  if (typeof workers !== 'number') {
    throw new InvalidOptionError(`workers: ${check.shown(workers)} is not a number.`);
  }
  return {
    workers: role === undefined ? workers : { [check.text('role', role as string)]: workers },
  };
}

function slotOf({ slot }: Body): { readonly slot?: number } {
  return typeof slot === 'number' ? { slot } : {};
}
