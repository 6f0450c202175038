/**
 * Connections on their way from the primary to a worker, given to another one where they never arrive.
 *
 * node:cluster accepts a connection in the primary, offers it to a worker, and keeps its own end open until the worker
 * answers. A worker that dies meanwhile never answers, and Node forgets the connection without closing it: its client
 * would wait for ever (lib/internal/cluster/round_robin_handle.js, `handoff`). The worker answers before it reads
 * anything, so what it has not answered is as good as new: it counts as refused. A connection that is refused is offered
 * to the next worker; where there is none any more, Node forgets it as well, and it is closed here.
 *
 * A worker behind a closed gate is passed over: what it is offered is refused in its name. So a canary can be watched for a
 * while without a request that its crash would cost.
 */

import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

interface Offer {
  readonly connection: { close(): void };
  readonly group: Group;
}

/** Those that listen at one address. One that has become empty is given up by Node, and what waits there; it stays empty. */
type Group = Set<ChildProcess>;

/** Whether a worker is offered connections. */
export interface ConnectionGate {
  open: boolean;
}

/** Milliseconds until a connection that was refused in the name of a worker is offered again: others may be busy. */
const PASSED_OVER_MS = 1;
/** Milliseconds after its exit, by which all that a worker sent has been read. */
const CLOSED_BY_MS = 1_000;

/** Milliseconds between looks at what is on its way. */
const POLL_MS = 5;

/** How many offers were answered so far. */
let answered = 0;
/** Of each worker, what it has not answered yet. */
const allOffers = new Set<ReadonlyMap<unknown, Offer>>();
/** By the key that node:cluster has for an address. */
const groups = new Map<unknown, Group>();

export interface Handoffs {
  /** Whether this worker was offered a connection by the message of this number, and has not answered. */
  isOffered(seq: unknown): boolean;
}

/** To be called right after the fork. */
export function watchHandoffs(worker: Worker, gate: ConnectionGate): Handoffs {
  const child = worker.process;
  /** By the sequence number of the message that offered them. */
  const offers = new Map<unknown, Offer>();
  allOffers.add(offers);
  const refuse = (seq: unknown) => child.emit('internalMessage', refusalOf(seq));

  const send = child.send as (...args: unknown[]) => boolean;
  child.send = (message: unknown, connection?: unknown, ...rest: unknown[]) => {
    if (!isClusterMessage(message) || message.key === undefined) {
      return send.call(child, message, connection, ...rest);
    }
    const group = join(child, message.key);
    if (isConnection(connection) && message.act === 'newconn') {
      offers.set(message.seq, { connection, group });
      if (!gate.open) {
        setTimeout(refuse, PASSED_OVER_MS, message.seq);
        return true;
      }
    }
    return send.call(child, message, connection, ...rest);
  };

  // Before Node's own listener, which offers what was refused to the next one.
  child.prependListener('internalMessage', (message: unknown) => {
    if (!isClusterMessage(message)) return;
    if (message.act === 'close') leave(child, message.key);
    const offer = offers.get(message.ack);
    if (message.ack === undefined || !offer) return;
    offers.delete(message.ack);
    answered += 1;
    if (message.accepted !== true && offer.group.size === 0) offer.connection.close();
  });

  // 'close' comes when the process is gone and all that it sent was read: what it has not answered, it has never seen.
  // 'disconnect' would not do: Node leaves it out while a connection is on its way (lib/internal/child_process.js,
  // `_handleQueue`), and goes on to offer connections to the dead where it had not heard the end of the channel by their
  // exit. So it is told here. And a process of the worker's own may hold its stderr open for as long as it likes.
  let timer: NodeJS.Timeout | undefined;
  let disconnected = false;
  child.once('disconnect', () => {
    disconnected = true;
  });
  const over = () => {
    clearTimeout(timer);
    if (!disconnected) child.emit('disconnect');
    for (const seq of [...offers.keys()]) refuse(seq);
    allOffers.delete(offers);
  };
  child.once('close', over);
  child.once('exit', () => {
    for (const key of [...groups.keys()]) leave(child, key);
    // A primary that stood still meanwhile comes here before it has read what the worker sent.
    timer = setTimeout(() => setImmediate(() => setImmediate(over)), CLOSED_BY_MS);
  });
  return { isOffered: (seq) => offers.has(seq) };
}

/**
 * Settles when no connection is on its way to a worker, or none was answered for `timeoutMs`. Where one waits to be
 * offered, all workers have yet to answer.
 */
export async function whenHandedOver(timeoutMs: number): Promise<void> {
  let [before, since] = [answered, performance.now()];
  while ([...allOffers].some((offers) => offers.size > 0)) {
    await sleep(POLL_MS);
    if (answered !== before) [before, since] = [answered, performance.now()];
    else if (performance.now() - since > timeoutMs) return;
  }
}

/** Node answers a listen(), and makes each offer, with the key of the address. */
function join(child: ChildProcess, key: unknown): Group {
  const group = groups.get(key) ?? new Set();
  groups.set(key, group.add(child));
  return group;
}

function leave(child: ChildProcess, key: unknown): void {
  const group = groups.get(key);
  if (group?.delete(child) && group.size === 0) groups.delete(key);
}

/** What a worker sends whose server is closed (lib/internal/cluster/child.js, `onconnection`). */
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
