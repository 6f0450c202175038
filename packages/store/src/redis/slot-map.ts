// What CLUSTER SLOTS says.
import type { Endpoint } from './url.js';

export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly master: Endpoint;
  readonly replicas: readonly Endpoint[];
}

type Node = [host: string | null, port: number, ...rest: unknown[]];
type Range = [first: number, last: number, master: Node, ...replicas: Node[]];

/** @param asked the host that said it: a server that does not know its own address leaves it out. */
export function slotRanges(reply: unknown, asked: string): SlotRange[] {
  const endpointOf = ([host, port]: Node): Endpoint => ({
    host: host && host !== '?' ? host : asked,
    port,
  });
  return (reply as Range[]).map(([first, last, master, ...replicas]) => ({
    first,
    last,
    master: endpointOf(master),
    replicas: replicas.map(endpointOf),
  }));
}
