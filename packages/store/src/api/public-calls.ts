// The public methods of a class: how many arguments each takes, and that diagnostics hear of its calls.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';
import type { EngineKind } from '../store.js';
import { isObserved, observed } from './diagnostics.js';

interface PublicCall {
  /** How many arguments it takes. What is given beyond them would be ignored, and is refused. */
  readonly takes: number;
  /** How many it must be given, where one that was forgotten would mean something. Default 0. */
  readonly needs?: number;
  /** What was probably meant. */
  readonly hint?: string;
  /** By which it refuses: a rejection, an iterator that rejects, or a throw. Default: a promise. */
  readonly gives?: 'promise' | 'iterator' | 'value';
}

type PublicCalls<Instance> = {
  readonly [Name in keyof Instance & string]?: PublicCall;
};

/**
 * Has methods of a class refuse arguments that they would ignore, and tell diagnostics of each call. It costs no more than a
 * look at how many arguments there are, and at a flag.
 *
 * @param owner as it is called in messages, such as `cache.`; empty for the store.
 * @param kindOf the engine under an instance; without it, diagnostics hear nothing of these calls.
 */
export function publishCalls<Instance extends object>(
  prototype: Instance,
  owner: string,
  calls: PublicCalls<Instance>,
  kindOf?: (instance: Instance) => EngineKind,
): void {
  for (const [name, call] of Object.entries(calls) as [string, PublicCall][]) {
    const method = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    const { takes, needs = 0, hint, gives } = call;
    const fullName = `${owner}${name}`;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: Instance, ...args: unknown[]) {
        const isPlain = args.length <= takes && args.length >= needs;
        if (isPlain && !isObserved()) return method.apply(this, args);
        const run = (): unknown => {
          const fault = isPlain ? undefined : countFault(`${fullName}()`, args, call, hint);
          return fault ? refusal(fault, gives) : method.apply(this, args);
        };
        return kindOf && isObserved() ? observed(fullName, kindOf(this), run) : run();
      },
    });
  }
}

const COUNTS = ['nothing', 'one argument', 'two arguments', 'three arguments', 'four arguments'];

/** What is wrong with the number of arguments. One that is `undefined` is as good as none, where it is too much. */
export function countFault(
  call: string,
  args: readonly unknown[],
  { takes, needs = 0 }: Pick<PublicCall, 'takes' | 'needs'>,
  hint?: string,
): InvalidOptionError | undefined {
  const more = args.slice(takes).find((arg) => arg !== undefined);
  const end = hint ? `; ${hint}` : '';
  if (more !== undefined) {
    return new InvalidOptionError(`${call} takes ${COUNTS[takes]}, and not ${shown(more)}${end}`);
  }
  if (args.length >= needs) return undefined;
  return new InvalidOptionError(
    `${call} takes at least ${COUNTS[needs]}, and not ${COUNTS[args.length]}${end}`,
  );
}

function refusal(fault: InvalidOptionError, gives: PublicCall['gives'] = 'promise'): unknown {
  if (gives === 'value') throw fault;
  return gives === 'promise' ? Promise.reject(fault) : failing(fault);
}

// biome-ignore lint/correctness/useYield: it fails before it would.
async function* failing(fault: InvalidOptionError): AsyncGenerator<never> {
  throw fault;
}
