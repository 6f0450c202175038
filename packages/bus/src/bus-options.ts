// What a bus and its calls take, with every default.

import type { ListenerFailedError } from './errors.js';
import type { OpenTransport } from './transport/transport.js';

/** A slot, a role (`'primary'` is the primary's), or several of these: whoever one of them names. */
export type Target = number | string | readonly (number | string)[];

/**
 * What happens where an outbox is full, here or, for a receiver that does not keep up, in the primary.
 *
 * - `'block'`: the promise of `broadcast` waits. A sender that awaits it loses nothing. One that does not goes on, and
 *   once it has sent as much again as a full outbox holds (4 MiB at least), its own oldest broadcasts are dropped.
 *   Of retained values the newest of a topic stays, up to 32 MiB of these.
 * - `'drop-oldest'`: the oldest broadcasts of such buses are dropped for the receiver that is full.
 * - `'error'`: `broadcast` throws `MUSTER_BACKPRESSURE`.
 *
 * What is dropped is counted in `stats()`. Requests and replies are never dropped for room; a request for
 * which there is none, or for whose reply there is none, rejects with `MUSTER_BACKPRESSURE`. Of such a reply the
 * `onError` of the handler's bus is told.
 */
export type OutboxPolicy = 'block' | 'drop-oldest' | 'error';

/** What `createBus` takes. */
export interface BusOptions {
  /** Default: `'block'`. */
  whenFull?: OutboxPolicy;
  /**
   * When an outbox counts as full: the one of a worker, and those of the primary, one for each worker. Of
   * the buses of a process the largest counts. That of a worker holds no more than those of the primary. Default: 16 MiB.
   */
  maxOutboxBytes?: number;
  /** How long a message may be, encoded. Default: 16 MiB. At most 64 MiB. */
  maxMessageBytes?: number;
  /** How long a request waits for its reply. `Infinity` for as long as both live. Default: 5,000. */
  timeoutMs?: number;
  /**
   * How long what is sent to a process waits for its first `on` or `handle`, counted from its fork. After that the
   * process is sent only what it listens to, and what nobody asked for is dropped. The primary keeps it: of the
   * buses there that say a time the longest counts. What a process sends to itself, it keeps itself. `Infinity` keeps it for as long as the process lives.
   * Default: 60,000.
   */
  keepMs?: number;
  /**
   * What becomes of the payloads and replies of this bus. `'exact'`: they arrive as they were, Map and Date included, or
   * are refused. `'json'`: as `JSON.stringify` writes them, functions left out and `toJSON` called, for values that
   * others have made. Default: `'exact'`.
   */
  encode?: 'exact' | 'json';
  /** Told of listeners that threw. Default: a process warning, once per call. */
  onError?: (error: ListenerFailedError) => void;
  /**
   * Opens the way to a router that `@muster/bus/transport` has made elsewhere. The bus then is a member of that router alone, and
   * shares nothing with the other buses of its process. Default: the channel between a worker of node:cluster and its primary.
   */
  transport?: OpenTransport;
}

export interface BroadcastOptions {
  /** Only these members, of those that listen. Default: all. */
  to?: Target;
  /** Not these members, whatever `to` and `self` say. */
  except?: Target;
  /**
   * Whether the sender's own listeners hear it too. `to` holds for them as for all others: with a `to` that
   * does not mean the sender, they do not. Default: `false`.
   */
  self?: boolean;
  /**
   * Whether the primary keeps it as the last value of its topic. A listener that comes later, in whatever
   * process, gets it once, before any newer one. Default: `false`.
   */
  retain?: boolean;
  /** With `retain`: for how long, in milliseconds above 0. A newer value has its own. Default: `Infinity`. */
  ttlMs?: number;
}

export interface RequestOptions {
  /** Default: that of the bus. */
  timeoutMs?: number;
  /** Rejects the request with its reason, and aborts the `signal` of the handler. */
  signal?: AbortSignal;
}
