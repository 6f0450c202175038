// Publishes every call, its outcome and its duration on a channel of node:diagnostics_channel.

import { channel } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { debuglog } from 'node:util';
import { isStoreRejection } from '../rejection.js';
import type { EngineKind } from '../store.js';

/** A message of the channel `muster:store:call`: a call that has ended. */
export interface StoreCall {
  /** The name of the call: `get`, `lock`, `cache.get`. */
  readonly call: string;
  readonly engine: EngineKind;
  readonly durationMs: number;
  /** `'ok'`, the code of the error of the store, or `'error'` where something else was thrown. */
  readonly outcome: string;
}

const channelOfCalls = channel('muster:store:call');

/** NODE_DEBUG=muster-store prints each call as it ends: no key and no value is in it. */
const trace = debuglog('muster-store');
if (trace.enabled) {
  channelOfCalls.subscribe((message) => {
    const { call, engine, durationMs, outcome } = message as StoreCall;
    trace('%s, %s: %s after %s ms', call, engine, outcome, durationMs.toFixed(3));
  });
}

/** Without a subscriber, a call only pays for reading this flag. */
export function isObserved(): boolean {
  return channelOfCalls.hasSubscribers;
}

/**
 * Publishes a call.
 *
 * @param run makes the call; it returns a promise or an async iterator.
 */
export function observed(call: string, engine: EngineKind, run: () => unknown): unknown {
  const end = begin(call, engine);
  const output = run();
  return output instanceof Promise ? awaited(output, end) : iterated(output, end);
}

/** @returns a function to call when the call has ended, with its error if it failed. */
function begin(call: string, engine: EngineKind): (failure?: { readonly error: unknown }) => void {
  const start = performance.now();
  return (failure) => {
    const error = failure?.error;
    const outcome = !failure ? 'ok' : isStoreRejection(error) ? error.code : 'error';
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

/** The call ends with the loop over its iterator. */
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
