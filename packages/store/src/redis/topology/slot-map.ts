// The owners of slots, from CLUSTER SLOTS.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Endpoint } from './url.js';

/** Milliseconds: a server that does not reply within this time is skipped. */
const ASK_MS = 1_000;

export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly master: Endpoint;
  readonly replicas: readonly Endpoint[];
}

type Node = [host: string | null, port: number, ...rest: unknown[]];
type Range = [first: number, last: number, master: Node, ...replicas: Node[]];

/** @param asked the host of the server that replied, which leaves out its own address if it does not know it. */
function slotRanges(reply: unknown, asked: string): SlotRange[] {
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

export async function slotsOf(client: Redis, host: string): Promise<SlotRange[]> {
  return slotRanges(await within(client.cluster('SLOTS')), host);
}

/** Rejects if `work` does not settle within `ASK_MS`. */
export async function within<Output>(work: Promise<Output>): Promise<Output> {
  const abort = new AbortController();
  const late = delay(ASK_MS, undefined, { signal: abort.signal, ref: false }).then(() => {
    throw new Error(`No answer within ${ASK_MS} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    abort.abort();
  }
}
