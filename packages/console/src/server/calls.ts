// Calls of the console's API. Everything is asked relative to the page, wherever that is mounted.
import type { ErrorAnswer } from '@muster/core/console';
import { sessionKey } from './session-key.js';

export class CallError extends Error {
  override readonly name = 'CallError';
  /** Of HTTP; 0 if the server gave no answer. */
  readonly status: number;
  readonly code: string;
  /** How long to wait, if the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const signedOutListeners = new Set<() => void>();

/** Calls `listener` when the server does not know the session. Returns a function that ends this. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Where the API has this path. */
function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** @throws CallError */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const answer = await send(path, { signal: signal ?? null });
  return (await answer.json()) as Answer;
}

/** @throws CallError */
export async function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return send(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: signal ?? null,
  });
}

/** An answer with a status of 200 to 299. @throws CallError, or the reason of the signal */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const key = sessionKey();
  const headers = new Headers(init.headers);
  if (key !== undefined) headers.set('x-muster-console', key);
  const answer = await fetch(addressOf(path), { ...init, headers, cache: 'no-store' }).catch(
    (error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new CallError(0, 'UNREACHABLE', 'The cluster gave no answer.');
    },
  );
  if (answer.ok) return answer;
  const error = await errorOf(answer);
  if (answer.status === 401 && path !== 'session') for (const tell of signedOutListeners) tell();
  throw error;
}

async function errorOf(answer: Response): Promise<CallError> {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  const told = (await answer.json().catch(() => undefined)) as Partial<ErrorAnswer> | undefined;
  const { code = `HTTP_${answer.status}`, message = `The server answered ${answer.status}.` } =
    told?.error ?? {};
  return new CallError(answer.status, String(code), String(message), retryAfterMs);
}
