// Replies of a server that did not start on the command: it may be sent again, even if it is not idempotent.

import type { Endpoint } from '../topology/url.js';
import { replyText } from './reply-text.js';

export type RetryableReply =
  /** Another server has the slot. */
  | { readonly kind: 'moved'; readonly slot: number; readonly to: Endpoint }
  /** Another server is taking over the slot, and has the key, or will create it. */
  | { readonly kind: 'ask'; readonly to: Endpoint }
  /** The server does not know the script. */
  | { readonly kind: 'script' }
  /** The server does not write: it is a replica, or has become one. */
  | { readonly kind: 'read-only' }
  /** The server cannot serve the command yet, or for a moment. */
  | { readonly kind: 'later' };

const LATER = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS)\b/;
const REDIRECT = /^(MOVED|ASK) (\d+) (.*):(\d+)$/;

/** @param host of the server that replied, which leaves out its own host in redirects. */
export function retryableReplyOf(error: unknown, host: string): RetryableReply | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = replyText(error);
  const [, redirect, slot, target, port] = REDIRECT.exec(message) ?? [];
  if (redirect) {
    const to = { host: target || host, port: Number(port) };
    return redirect === 'ASK' ? { kind: 'ask', to } : { kind: 'moved', slot: Number(slot), to };
  }
  if (message.startsWith('NOSCRIPT')) return { kind: 'script' };
  if (message.startsWith('READONLY')) return { kind: 'read-only' };
  // A script stops at the first command that is refused, and looks (EXISTS, GET) before it writes: nothing was done.
  return LATER.test(message) ? { kind: 'later' } : undefined;
}
