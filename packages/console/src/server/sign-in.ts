// Signing in: a token of `muster console` for a session.
import type { Session, SessionRequest } from '@muster/core/console';
import { CallError, post } from './calls.js';
import { keepSessionKey } from './session-key.js';

export type SignInResult =
  | { readonly is: 'signed-in' }
  | { readonly is: 'wrong' }
  | { readonly is: 'limited'; readonly retryAfterMs: number }
  | { readonly is: 'failed'; readonly reason: string };

/** The token in the address bar, which is taken out of it, and out of the browser's history, at once. */
export function takeTokenFromAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('t');
  if (token === null) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

/** The token of what was pasted: a token, or the whole link. */
export function tokenIn(pasted: string): string {
  return /#t=([^&\s]+)/.exec(pasted)?.[1] ?? pasted.trim();
}

export async function signIn(token: string): Promise<SignInResult> {
  try {
    const body: SessionRequest = { token };
    const { key } = (await (await post('session', body)).json()) as Session;
    keepSessionKey(key);
    return { is: 'signed-in' };
  } catch (error) {
    if (!(error instanceof CallError)) return { is: 'failed', reason: String(error) };
    // What is too long for a token, or no text, is no token either.
    if ([400, 401, 413].includes(error.status)) return { is: 'wrong' };
    if (error.status === 429) return { is: 'limited', retryAfterMs: error.retryAfterMs ?? 60_000 };
    return { is: 'failed', reason: error.message };
  }
}
