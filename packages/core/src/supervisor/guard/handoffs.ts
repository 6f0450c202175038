/**
 * Watches connections on their way from the primary to a worker. If one never arrives, another worker gets it.
 *
 * node:cluster accepts a connection in the primary, offers it to a worker, and keeps its own end open until the worker
 * answers. A worker that dies meanwhile never answers, and Node forgets the connection without closing it: its client would
 * wait for ever (lib/internal/cluster/round_robin_handle.js, `handoff`). The worker answers before it reads anything, so a
 * connection that it has not answered is untouched, and counts as refused. A refused connection is offered to the next
 * worker; if there is none any more, Node forgets it as well, and it is closed here.
 *
 * A worker behind a closed gate is passed over: connections offered to it are refused in its name. So a canary can be
 * watched for a while without a request that its crash would cost.
 */

import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextTick } from '@muster/codec/timers';

interface Offer {
  readonly connection: { close(): void };
  readonly group: Group;
}

/**
 * The workers that listen at one address: exactly those to which Node may offer a connection. Node gives up a group that
 * has become empty, with the connections that wait there; it stays empty.
 */
type Group = Set<ChildProcess>;

/** Decides whether a worker is offered connections. */
export interface ConnectionGate {
  open: boolean;
}

/** Milliseconds before a connection that was refused in the name of a worker is offered again: the others may be busy. */
const PASSED_OVER_MS = 1;
/** Milliseconds after the exit of a worker by which everything that it sent has been read. */
const CLOSED_BY_MS = 1_000;

/** Milliseconds between checks for connections that are still on their way. */
const POLL_MS = 5;

/** How many offers were answered so far. */
let answered = 0;
/** The offers that each worker has not answered yet. */
const allOffers = new Set<ReadonlyMap<unknown, Offer>>();
/** By node:cluster's key of an address. */
const groups = new Map<unknown, Group>();

export interface Handoffs {
  /** Whether the message with this number offered this worker a connection, and it has not answered. */
  isOffered(seq: unknown): boolean;
}

/** Call it right after the fork. */
export function watchHandoffs(worker: Worker, gate: ConnectionGate): Handoffs {
  const child = worker.process;
  /** By the sequence number of the offering message. */
  const offers = new Map<unknown, Offer>();
  allOffers.add(offers);
  const refuse = (seq: unknown) => child.emit('internalMessage', refusalOf(seq));
  /** Node has taken the worker out of all groups, and never adds it again: it hears of no later listen(). */
  let left = false;
  const leaveAll = () => {
    left = true;
    for (const key of [...groups.keys()]) leave(child, key);
  };

  const send = child.send as (...args: unknown[]) => boolean;
  child.send = (message: unknown, connection?: unknown, ...rest: unknown[]) => {
    if (!isClusterMessage(message) || message.key === undefined) {
      // Worker#disconnect() of Node sends this, and takes the worker out of its groups at once.
      if (isClusterMessage(message) && message.act === 'disconnect') leaveAll();
      return send.call(child, message, connection, ...rest);
    }
    // A listen() that failed made no group. The answer to an earlier listen() may come after the worker has left.
    if (left || message.errno) return send.call(child, message, connection, ...rest);
    const group = join(child, message.key);
    if (isConnection(connection) && message.act === 'newconn') {
      offers.set(message.seq, { connection, group });
      if (!gate.open) {
        // Not if the worker is gone by then, and its offers were refused.
        setTimeout(() => offers.has(message.seq) && refuse(message.seq), PASSED_OVER_MS);
        return true;
      }
    }
    return send.call(child, message, connection, ...rest);
  };

  // Runs before Node's own listener, which offers a refused connection to the next worker.
  child.prependListener('internalMessage', (message: unknown) => {
    if (!isClusterMessage(message)) return;
    if (message.act === 'close') leave(child, message.key);
    const offer = offers.get(message.ack);
    if (message.ack === undefined || !offer) return;
    offers.delete(message.ack);
    answered += 1;
    if (message.accepted !== true && offer.group.size === 0) offer.connection.close();
  });

  // Node omits 'disconnect' if a handle is on its way when the channel ends (lib/internal/child_process.js, `_handleQueue`).
  // The worker would stay in its groups until its exit, or longer. Node forgets each connection that it then offers it
  // (lib/internal/cluster/utils.js, `sendHelper`): one of another address, if the handle is a connection. So 'disconnect' is
  // emitted here. If the primary itself disconnects, the channel has not ended, and Node emits 'disconnect' later.
  const { disconnect } = child;
  child.disconnect = () => {
    disconnect.call(child);
    nextTick(() => {
      if (!disconnected && !child.channel) child.emit('disconnect');
    });
  };

  // 'close' comes when the process is gone and everything that it sent has been read: an offer without an answer never
  // arrived. The timer is needed because a child process of the worker may keep its stderr open; the channel may not have
  // ended by then.
  let timer: NodeJS.Timeout | undefined;
  let disconnected = false;
  // Node takes a worker out of its groups at 'disconnect', or at 'exit' if the channel has ended by then
  // (lib/internal/cluster/primary.js, `removeHandlesForWorker`). Prepended, because Node's listener calls others, which may
  // throw.
  child.prependOnceListener('disconnect', () => {
    disconnected = true;
    leaveAll();
  });
  child.prependOnceListener('exit', () => {
    if (!child.connected) leaveAll();
  });
  const over = () => {
    clearTimeout(timer);
    if (!disconnected) child.emit('disconnect');
    for (const seq of [...offers.keys()]) refuse(seq);
    allOffers.delete(offers);
  };
  child.once('close', over);
  child.once('exit', () => {
    // A primary that was stopped meanwhile gets here before it has read what the worker sent.
    timer = setTimeout(() => setImmediate(() => setImmediate(over)), CLOSED_BY_MS);
  });
  return { isOffered: (seq) => offers.has(seq) };
}

/**
 * Settles when no connection is on its way to a worker, or no worker has answered for `timeoutMs`. While a connection waits
 * to be offered, every worker still owes an answer.
 */
export async function whenHandedOver(timeoutMs: number): Promise<void> {
  let [before, since] = [answered, performance.now()];
  while ([...allOffers].some((offers) => offers.size > 0)) {
    await sleep(POLL_MS);
    if (answered !== before) [before, since] = [answered, performance.now()];
    else if (performance.now() - since > timeoutMs) return;
  }
}

/** Node's answer to a listen(), and each offer, have the key of the address. */
function join(child: ChildProcess, key: unknown): Group {
  const group = groups.get(key) ?? new Set();
  groups.set(key, group.add(child));
  return group;
}

function leave(child: ChildProcess, key: unknown): void {
  const group = groups.get(key);
  if (group?.delete(child) && group.size === 0) groups.delete(key);
}

/** The answer of a worker whose server is closed (lib/internal/cluster/child.js, `onconnection`). */
function refusalOf(seq: unknown): object {
  return { cmd: 'NODE_CLUSTER', ack: seq, accepted: false };
}

/** Whether it is a message of node:cluster itself. */
function isClusterMessage(message: unknown): message is Record<string, unknown> {
  return (message as { cmd?: unknown } | null)?.cmd === 'NODE_CLUSTER';
}

function isConnection(handle: unknown): handle is Offer['connection'] {
  return typeof (handle as Partial<Offer['connection']> | undefined)?.close === 'function';
}
