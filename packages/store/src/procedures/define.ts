// defineProcedure(): an atomic operation of an app's own, as a function that runs it on the keys of a view.
import { shown } from '@muster/codec/options';
import { checkFunction, itemsOf } from '../api/arguments.js';
import { checkGiven, OPTIONS } from '../api/strict-options.js';
import type { Procedure, Transaction } from '../engine.js';
import { InvalidOptionError } from '../errors.js';
import type { StoreView } from '../store.js';
import { textsOf } from './view-texts.js';

/**
 * One operation, written twice: a function for the embedded engine, those in memory and engines of your own, and a Lua script for
 * Redis. Both have to do exactly the same; `procedureConformance` of `@muster/store/testing` checks it.
 *
 * Entries are text: plain JSON for a value that JSON carries exactly, as `JSON.stringify` writes it.
 */
export interface ProcedureDefinition<Input, Output> {
  /** For error messages. */
  name: string;
  /** `read`: it changes nothing, so it waits for no writer, and may be sent again after a lost connection. Default `write`. */
  access?: 'read' | 'write' | undefined;
  /**
   * Runs alone on the newest entries, by their full keys, in the order of the keys of the call. It must be synchronous, and
   * short: all other writers of the machine wait for it. If it throws, nothing is changed.
   */
  embedded(transaction: Transaction, keys: readonly [string, ...string[]], input: Input): Output;
  redis: {
    /**
     * The script. KEYS are the full keys, in the order of the keys of the call; ARGV is what `args` returns. Redis does not undo
     * what a script has written before it fails, so check everything before the first write.
     */
    lua: string;
    /** Default: no arguments. */
    args?: ((input: Input) => (string | number)[]) | undefined;
    /**
     * Turns the reply of the script into the output, and throws for a reply that the script cannot give. `flag`, `integer`, `text`
     * and others do that for the usual ones. Redis returns `nil` and `false` of Lua as `null`, and cuts the fraction of numbers off.
     */
    reply: (raw: unknown, input: Input) => Output;
  };
}

/**
 * Runs the procedure on keys of a view, in one step: no other call of any process comes in between. On a Redis Cluster all keys
 * must have the same hash tag.
 *
 * @throws InvalidOptionError, InvalidKeyError; StoreFailedError if the procedure threw (`cause` is what it threw); other
 *   StoreErrors as of any call.
 */
export type RunProcedure<Input, Output> = (
  view: StoreView,
  keys: Iterable<string>,
  ...input: InputOf<Input>
) => Promise<Output>;

/** The rest of the arguments: a procedure without an input takes none. */
export type InputOf<Input> = undefined extends Input ? [input?: Input] : [input: Input];

/**
 * @throws InvalidOptionError
 *
 * @example
 * const swap = defineProcedure({
 *   name: 'swap',
 *   embedded(transaction, [key = ''], text: string) {
 *     const before = transaction.get(key) ?? '';
 *     transaction.put(key, text, 'keep');
 *     return before;
 *   },
 *   redis: {
 *     lua: `local before = redis.call('GET', KEYS[1]) or ''
 * redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
 * return before`,
 *     args: (text: string) => [text],
 *     reply: text,
 *   },
 * });
 * const before = await swap(store, ['motto'], '"onward"');
 */
export function defineProcedure<Input = undefined, Output = void>(
  definition: ProcedureDefinition<Input, Output>,
): RunProcedure<Input, Output> {
  checkGiven('defineProcedure()', definition, OPTIONS.procedure);
  const { name, access = 'write', embedded, redis } = definition;
  checkText('name', name);
  if (access !== 'read' && access !== 'write') {
    throw new InvalidOptionError(`access is 'read' or 'write', and not ${shown(access)}`);
  }
  checkFunction('embedded is', embedded);
  checkGiven('redis of defineProcedure()', redis, OPTIONS.procedureOnRedis);
  const { lua, args = () => [], reply } = redis;
  checkText('lua', lua);
  checkFunction('args is', args);
  checkFunction('reply is', reply);
  const procedure: Procedure<Input, Output> = { name, access, lua, args, reply, embedded };
  return async (view, keys, ...[input]) => {
    const given = itemsOf(`${name}()`, keys);
    if (given.length === 0) throw new InvalidOptionError(`${name}() takes at least one key`);
    return textsOf(view).run(procedure, given, input as Input);
  };
}

function checkText(option: string, value: string): void {
  if (typeof value === 'string' && value !== '') return;
  throw new InvalidOptionError(
    `${option} of a procedure is a text of at least one character, and not ${shown(value)}`,
  );
}
