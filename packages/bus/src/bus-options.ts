// The options of a bus and of its calls, with every default.

import type { ListenerFailedError } from './errors.js';
import type { OpenTransport } from './transport/transport.js';

/** Members of one machine: all, the one in a slot, or those of a role. */
export interface MachineTarget {
  /** The name of the machine. */
  readonly machine: string;
  readonly slot?: number | 'primary' | undefined;
  readonly role?: string | undefined;
}

/**
 * A slot of this machine, a role (`'primary'` is the primary's) on every machine, members of one machine, or several of
 * these: whoever one of them names.
 */
export type Target = OneTarget | readonly OneTarget[];

/** One of them. */
export type OneTarget = number | string | MachineTarget;

/** `'machine'`: nobody on another machine is meant, whatever the target says. */
export type Scope = 'machine' | 'group';

/**
 * What happens when an outbox is full: here or, if a receiver does not keep up, in the primary.
 *
 * - `'block'`: the promise of `broadcast` waits. A sender that awaits it loses nothing. A sender that does not continues,
 *   and once it has sent as much again as a full outbox holds (4 MiB at least), its own oldest broadcasts are dropped.
 *   The newest retained value of a topic stays, up to 32 MiB of these.
 * - `'drop-oldest'`: the oldest broadcasts of such buses are dropped for the receiver that is full.
 * - `'error'`: `broadcast` throws `MUSTER_BACKPRESSURE`.
 *
 * `stats()` counts dropped messages. Requests and replies are never dropped to make room. If there is no room for a
 * request or for its reply, the request rejects with `MUSTER_BACKPRESSURE`; for a reply, `onError` of the handler's bus is
 * called as well.
 */
export type OutboxPolicy = 'block' | 'drop-oldest' | 'error';

/** The options of `createBus`. */
export interface BusOptions {
  /** Default: `'block'`. */
  whenFull?: OutboxPolicy | undefined;
  /**
   * How much an outbox holds before it counts as full: the one of a worker, and those of the primary, one for each
   * worker. The largest value among the buses of a process counts. A worker's outbox holds no more than those of the primary.
   * Default: 16 MiB.
   */
  maxOutboxBytes?: number | undefined;
  /** The largest size of an encoded message. Default: 16 MiB. At most 64 MiB. */
  maxMessageBytes?: number | undefined;
  /** How long a request waits for its reply. `Infinity`: as long as both processes live. Default: 5,000. */
  timeoutMs?: number | undefined;
  /**
   * How long messages to a process wait for its first `on` or `handle`, counted from its fork. After that the process
   * receives only messages that it listens to, and the others are dropped. The primary keeps them, and the longest time that
   * a bus there gives counts. Messages of a process to itself wait in that process. `Infinity`: as long as the process
   * lives. Default: 60,000.
   */
  keepMs?: number | undefined;
  /**
   * How the payloads and replies of this bus are encoded. `'exact'`: they arrive as they were, including Map and Date, or
   * are refused. `'json'`: they arrive as `JSON.stringify` writes them, without functions and with `toJSON` called, for
   * values that other code has made. Default: `'exact'`.
   */
  encode?: 'exact' | 'json' | undefined;
  /** Called with the error of a listener that threw. Default: a process warning, once per call. */
  onError?: ((error: ListenerFailedError) => void) | undefined;
  /**
   * Opens a connection to a router that `createRouter()` of `@muster/bus/transport` has made in another place. The bus is
   * then a member of that router alone, and shares nothing with the other buses of its process. Default: the channel
   * between a worker of node:cluster and its primary.
   */
  transport?: OpenTransport | undefined;
}

export interface BroadcastOptions {
  /** Only these members. Default: all that listen. */
  to?: Target | undefined;
  /** Not these members, whatever `to` and `self` say. */
  except?: Target | undefined;
  /**
   * Whether the sender's own listeners receive it too. `to` applies to them as to all others: if it does not name the
   * sender, they receive nothing. Default: `false`.
   */
  self?: boolean | undefined;
  /**
   * Whether the primary keeps it as the last value of its topic. A later listener, in any process, receives it once,
   * before any newer value. Default: `false`.
   */
  retain?: boolean | undefined;
  /** Whether it stays on this machine. Default: `'group'`, all machines of the group, where there are several. */
  scope?: Scope | undefined;
  /** With `retain`: how long it is kept, above 0. A newer value has a `ttlMs` of its own. Default: `Infinity`. */
  ttlMs?: number | undefined;
}

export interface RequestOptions {
  /** Whether only members of this machine are asked. Default: `'group'`, all machines, where there are several. */
  scope?: Scope | undefined;
  /** Default: that of the bus. */
  timeoutMs?: number | undefined;
  /** Rejects the request with its reason, and aborts the `signal` of the handler. */
  signal?: AbortSignal | undefined;
}
