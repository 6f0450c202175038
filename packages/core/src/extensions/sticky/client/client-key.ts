// What identifies the client of a connection: its address, or the value of a cookie.
import type { StickyOptions } from '../../../cluster-options.js';
import { clientAddress, networkOf, plainAddress, trustIn } from './client-address.js';
import { cookieIn, type RequestHead } from './request-head.js';

export interface ClientKeys {
  /** Whether the first request must be read to know the key. */
  needsHead(peer: string): boolean;
  /** The network of the peer, or `undefined` for a trusted proxy, whose connections are those of many clients. */
  sourceOf(peer: string): string | undefined;
  keyOf(peer: string, head: RequestHead | undefined): string;
}

/** @throws InvalidOptionError for proxies that are no addresses */
export function clientKeys({ by, name = '', trustedProxies = [] }: StickyOptions): ClientKeys {
  const trusts = trustIn(trustedProxies);
  return {
    needsHead: (peer) => by === 'cookie' || trusts(plainAddress(peer)),
    sourceOf(peer) {
      const address = plainAddress(peer);
      return trusts(address) ? undefined : networkOf(address);
    },
    keyOf(peer, head) {
      const cookie = by === 'cookie' ? cookieIn(head?.header('cookie'), name) : undefined;
      return cookie ?? clientAddress(peer, head?.header('x-forwarded-for'), trusts);
    },
  };
}
