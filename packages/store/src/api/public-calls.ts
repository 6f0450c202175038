// The public methods of a class: it checks the number of their arguments, and publishes their calls to diagnostics.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';
import type { EngineKind } from '../store.js';
import { isObserved, observed } from './diagnostics.js';

interface PublicCall {
  /** The most arguments. A call with more is refused, since they would be ignored. */
  readonly takes: number;
  /** The fewest arguments, if a missing one would have a meaning. Default 0. */
  readonly needs?: number;
  /** For the error: what was probably meant. */
  readonly hint?: string;
  /** How it refuses: by a rejection, an iterator that rejects, or a throw. Default: a promise. */
  readonly gives?: 'promise' | 'iterator' | 'value';
}

type PublicCalls<Instance> = {
  readonly [Name in keyof Instance & string]?: PublicCall;
};

/**
 * Makes methods of a class refuse arguments that they would ignore, and publish their calls to diagnostics. A call pays for
 * comparing the number of its arguments and reading a flag.
 *
 * @param owner a prefix for messages, such as `cache.`; empty for the store.
 * @param kindOf returns the engine of an instance; without it, the calls are not published.
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

/** The error for a wrong number of arguments. A surplus argument that is `undefined` is accepted. */
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

// biome-ignore lint/correctness/useYield: it throws first.
async function* failing(fault: InvalidOptionError): AsyncGenerator<never> {
  throw fault;
}
