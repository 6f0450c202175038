// An answer that is asked for again and again, while it is looked at and the page is seen.
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { reasonOf } from '../actions/operations.js';
import { connection } from '../model/console.js';
import { ask } from '../server/calls.js';

export interface Polled<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: string | undefined;
  /** Asks at once. */
  refresh(): void;
}

export function usePolled<Answer>(path: string, everyMs: number): Polled<Answer> {
  const answer = useSignal<Answer | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        answer.value = await ask<Answer>(path, signal);
        problem.value = undefined;
      } catch (error) {
        if (!signal?.aborted) problem.value = reasonOf(error);
      }
    },
    [path, answer, problem],
  );
  useEffect(() => {
    const closed = new AbortController();
    answer.value = undefined;
    void load(closed.signal);
    const timer = setInterval(() => {
      if (!document.hidden && connection.value.state === 'live') void load(closed.signal);
    }, everyMs);
    return () => {
      clearInterval(timer);
      closed.abort();
    };
  }, [load, everyMs, answer]);
  return { answer: answer.value, problem: problem.value, refresh: () => void load() };
}
