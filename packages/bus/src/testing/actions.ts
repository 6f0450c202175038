// The actions that the suite asks a member for. Names and plain JSON, so that any test can pass them to another process.

import type { BroadcastOptions, Bus, Target } from '../bus.js';

/** A message that a member received. */
export interface Heard {
  readonly topic: string;
  readonly payload: unknown;
  /** `slot:generation` of the sender. */
  readonly from: string;
}

/** The result of a call. */
interface Outcome {
  readonly value?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly remoteCode?: unknown;
  /** The name of what a handler threw, and its own fields. */
  readonly cause?: unknown;
}

export interface Actions {
  self(): string;
  members(): string[];
  listen(input: { pattern: string }): void;
  /** As many listeners in one turn as `times` says. Each hears for itself. */
  listenMany(input: { pattern: string; times: number }): void;
  /** Listens, and resolves when the primary knows. */
  subscribe(input: { pattern: string }): Promise<void>;
  deleteRetained(input: { topic: string }): void;
  unlisten(input: { pattern: string }): void;
  heard(): Heard[];
  /** Of the texts that it heard, in characters: what is long takes long to tell. */
  lengths(): number[];
  broadcast(input: {
    topic: string;
    payload: unknown;
    options?: BroadcastOptions;
    times?: number;
  }): void;
  /** Broadcasts, asks and broadcasts in one turn: three ways to one receiver. */
  mixed(input: { to: number | string; rounds: number }): Promise<void>;
  handle(input: { call: string; how: 'echo' | 'throw' | 'object' | 'thenable' | 'never' }): void;
  aborted(): number;
  request(input: {
    to: number | string;
    call: string;
    payload: unknown;
    timeoutMs?: number;
    abortAfterMs?: number;
  }): Promise<Outcome>;
  gather(input: {
    to: Target;
    call: string;
    payload: unknown;
    timeoutMs?: number;
  }): Promise<{ ok: unknown[]; failed: unknown[] }>;
  once(input: { topic: string }): Promise<unknown>;
  flush(): Promise<void>;
}

/** How long an answer may take, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Serves the suite's wishes on this bus. The suite knows of no other listeners and handlers on it. */
export function serveSuite(bus: Bus): (action: string, input: unknown) => Promise<unknown> {
  const heard: Heard[] = [];
  const ends = new Map<string, () => void>();
  let aborted = 0;
  const key = ({ slot, generation }: { slot: number | string; generation: number }) =>
    `${slot}:${generation}`;

  const actions: Actions = {
    self: () => key(bus.self),
    members: () => bus.members().map(key),
    listen({ pattern }) {
      const end = bus.on(pattern, (payload, { topic, from }) => {
        heard.push({ topic, payload, from: key(from) });
      });
      ends.set(pattern, end);
    },
    listenMany({ pattern, times }) {
      for (let i = 0; i < times; i++) actions.listen({ pattern });
    },
    async subscribe({ pattern }) {
      actions.listen({ pattern });
      await bus.whenSubscribed();
    },
    deleteRetained: ({ topic }) => bus.deleteRetained(topic),
    unlisten: ({ pattern }) => ends.get(pattern)?.(),
    heard: () => [...heard],
    lengths: () => heard.map(({ payload }) => String(payload).length),
    broadcast({ topic, payload, options = {}, times }) {
      if (times === undefined) void bus.broadcast(topic, payload, options);
      else for (let i = 0; i < times; i++) void bus.broadcast(topic, i, options);
    },
    async mixed({ to, rounds }) {
      const asked: Promise<unknown>[] = [];
      for (let i = 0; i < rounds; i++) {
        void bus.broadcast('mixed', 3 * i, { to });
        asked.push(bus.request(to, 'mixed', 3 * i + 1));
        void bus.broadcast('mixed', i % 10 === 0 ? 'x'.repeat(300_000) : 3 * i + 2, { to });
      }
      await Promise.all(asked);
    },
    handle({ call, how }) {
      bus.handle(call, (payload, { from, signal }) => {
        if (call === 'mixed') heard.push({ topic: call, payload, from: key(from) });
        if (how === 'throw')
          throw Object.assign(new RangeError('on purpose'), { code: 'E_PURPOSE' });
        if (how === 'object') throw { code: 'E_OBJECT', status: 503 };
        if (how === 'thenable') return thenable('waited');
        if (how === 'echo') return { by: key(bus.self), payload };
        signal.addEventListener('abort', () => aborted++);
        return new Promise(() => {});
      });
    },
    aborted: () => aborted,
    async request({ to, call, payload, timeoutMs = PATIENCE_MS, abortAfterMs }) {
      const signal =
        abortAfterMs === undefined ? {} : { signal: AbortSignal.timeout(abortAfterMs) };
      try {
        return { value: await bus.request(to, call, payload, { timeoutMs, ...signal }) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async gather({ to, call, payload, timeoutMs = PATIENCE_MS }) {
      const { ok, failed } = await bus.gather(to, call, payload, { timeoutMs });
      return {
        ok: ok.map(({ from, value }) => [key(from), value]),
        failed: failed.map(({ target, error }) => [
          typeof target === 'object' && 'generation' in target ? key(target) : target,
          outcomeOf(error).code,
        ]),
      };
    },
    once: ({ topic }) => bus.once(topic),
    flush: () => bus.flush(),
  };
  const byName = actions as unknown as Record<string, (input: unknown) => unknown>;
  return async (action, input) => byName[action]?.(input);
}

function outcomeOf(error: unknown): Outcome {
  const { code, message, remoteCode, cause } = error as Record<string, unknown>;
  const shown = cause instanceof Error ? { cause: { ...cause, name: cause.name } } : {};
  return { code, message, remoteCode, ...shown };
}

/** A thenable that is not a promise. */
function thenable(value: unknown): object {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is for.
  return { then: (done: (value: unknown) => void) => done(value) };
}
