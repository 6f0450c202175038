// What every call did and how long it took, for whoever wants to know: node:diagnostics_channel.

import { channel } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { StoreError } from './errors.js';
import type { EngineKind } from './store.js';

/** A message of the channel `muster:store:call`: a call that has come to its end. */
export interface StoreCall {
  /** As it is called: `get`, `lock`, `cache.get`. */
  readonly call: string;
  readonly engine: EngineKind;
  readonly durationMs: number;
  /** `'ok'`, the code of the `StoreError`, or `'error'` where something else was thrown. */
  readonly outcome: string;
}

const channelOfCalls = channel('muster:store:call');

/**
 * Has methods of a class tell of each call, while somebody subscribes to the channel. Nobody else pays for more than a look
 * at a flag.
 *
 * @param prototype of the class.
 * @param calls how its methods are called in messages; they return promises or async iterators.
 * @param kindOf the engine under an instance.
 */
export function observe<Instance extends object>(
  prototype: Instance,
  calls: { readonly [Name in keyof Instance & string]?: string },
  kindOf: (instance: Instance) => EngineKind,
): void {
  for (const [name, call] of Object.entries(calls) as [string, string][]) {
    const method = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: Instance, ...args: unknown[]) {
        if (!channelOfCalls.hasSubscribers) return method.apply(this, args);
        const end = begin(call, kindOf(this));
        const output = method.apply(this, args);
        return output instanceof Promise ? awaited(output, end) : iterated(output, end);
      },
    });
  }
}

/** @returns to be called when the call has come to its end, with what it failed with, if it did. */
function begin(call: string, engine: EngineKind): (failure?: { readonly error: unknown }) => void {
  const start = performance.now();
  return (failure) => {
    const error = failure?.error;
    const outcome = !failure ? 'ok' : error instanceof StoreError ? error.code : 'error';
    const durationMs = performance.now() - start;
    channelOfCalls.publish({ call, engine, durationMs, outcome } satisfies StoreCall);
  };
}

async function awaited(output: Promise<unknown>, end: ReturnType<typeof begin>): Promise<unknown> {
  try {
    const value = await output;
    end();
    return value;
  } catch (error) {
    end({ error });
    throw error;
  }
}

/** It ends when the loop over it does. */
async function* iterated(output: unknown, end: ReturnType<typeof begin>): AsyncGenerator {
  let failure: { error: unknown } | undefined;
  try {
    yield* output as AsyncIterable<unknown>;
  } catch (error) {
    failure = { error };
    throw error;
  } finally {
    end(failure);
  }
}
