/**
 * Checks what a worker sends to its primary, before Node sees it.
 *
 * node:cluster trusts workers: a port of 99999 in a `queryServer`, an unknown type of a passed handle, an acknowledgement
 * that nobody waits for, or a line that is no JSON throws in the primary, where nobody catches it; handles that a worker
 * passes, addresses that it listens on and answers that it does not read are kept without bound. Every message of a worker
 * passes through here, and
 *
 * - messages of node:cluster are passed on if a worker of Node 20 to 24 sends them, with the fields that these have and no
 *   others (cluster-message.ts); a worker can only acknowledge its own offers, and close its own addresses,
 * - the number of addresses that it listens on, or reports, is limited; the next `listen()` fails with EMFILE,
 * - a handle that it passes is closed, and its message arrives without it,
 * - the bytes of a message, and those that the primary keeps for a worker that does not read, are limited (ipc-limits.ts).
 *
 * Everything else is refused and counted, and logged once. A worker that goes on with it, or does not read, is killed,
 * which counts as a crash. Messages of the app, of the bus and of Muster are checked where they are read.
 */
import type { Worker } from 'node:cluster';
import { onExpelled } from '@muster/bus/assign-member';
import { MAX_ADDRESSES } from '../../channel/listen-address.js';
import { type ListenRecord, readClusterMessage } from './cluster-message.js';
import type { Handoffs } from './handoffs.js';
import { limitIpc } from './ipc-limits.js';

export interface GuardReport {
  /** Called the first time that something is refused. `what` is a phrase of ours. */
  refused(what: string): void;
  /** Called when the worker is killed. `why` is a sentence without its subject. */
  expelled(why: string): void;
}

/** Messages of one worker that are refused before it is killed. */
const MAX_REFUSALS = 100;
/** Addresses that a worker listens on at a time. */
const MAX_LISTENS = MAX_ADDRESSES;

/** Messages that ask for an answer. */
const ASKS = ['NODE_CLUSTER', 'NODE_HANDLE', 'NODE_MUSTER_CORE', 'NODE_MUSTER_STICKY'];

/** To be called right after the fork. */
export function guardWorker(worker: Worker, handoffs: Handoffs, report: GuardReport): void {
  const child = worker.process as Worker['process'] & ChildInternals;
  const emit = child.emit.bind(child) as (event: string, ...args: unknown[]) => boolean;
  let refusals = 0;
  let expelled = false;

  const expel = (why: string) => {
    if (expelled) return;
    expelled = true;
    report.expelled(why);
    child.kill('SIGKILL');
  };
  const refuse = (what: string) => {
    refusals += 1;
    if (refusals === 1) report.refused(what);
    if (refusals === MAX_REFUSALS)
      expel(`${refusals} of its messages were refused, the last: ${what}`);
  };
  // The bus checks its own messages.
  onExpelled(child, expel);
  const ipc = limitIpc(child, expel);
  const listens = new Listens(handoffs);

  /** @returns the message as Node is to see it, or `undefined` */
  const read = (message: { cmd: string; msg?: unknown }, handle: unknown): unknown => {
    const { cmd, msg } = message;
    if (cmd === 'NODE_CLUSTER') {
      const verdict = readClusterMessage(message, listens, MAX_LISTENS);
      if ('refused' in verdict) refuse(verdict.refused);
      if ('answer' in verdict && child.connected) child.send(verdict.answer, () => {});
      return 'passed' in verdict ? verdict.passed : undefined;
    }
    if (cmd === 'NODE_HANDLE') {
      refuse('a handle, which a primary has no use for');
      close(handle);
      // The worker sends no other handle until this one is acknowledged.
      if (handle !== undefined && child.connected)
        child._send({ cmd: 'NODE_HANDLE_ACK' }, null, true);
      if (msg !== undefined) child.emit(isInternal(msg) ? 'internalMessage' : 'message', msg);
      return undefined;
    }
    if (cmd === 'NODE_HANDLE_ACK' || cmd === 'NODE_HANDLE_NACK') {
      if (Array.isArray(child._handleQueue)) return { cmd };
      refuse('an acknowledgement of a handle that it was not sent');
      return undefined;
    }
    if (cmd === 'NODE_MUSTER_CORE' && claimsTooMuch(message)) {
      refuse(`more than ${MAX_ADDRESSES} addresses that it says to listen on`);
      return undefined;
    }
    if (cmd.startsWith('NODE_SOCKET_')) return readSocketMessage(message, refuse);
    return message;
  };

  child.emit = ((event: string, ...args: unknown[]): boolean => {
    if (event === 'message') return !expelled && emit(event, ...args);
    if (event !== 'internalMessage') return emit(event, ...args);
    const [message, handle] = args as [{ cmd: string; ack?: unknown }, unknown];
    // An answer to an offer is always accepted: the connection may go to another worker.
    if (!handoffs.isOffered(message.ack)) {
      if (!expelled && ASKS.includes(message.cmd) && !ipc.isRead()) {
        expel('it asks, and does not read what it is answered');
      }
      if (expelled) {
        close(handle);
        return false;
      }
    }
    const passed = read(message, handle);
    if (passed === undefined) return false;
    try {
      return emit(event, passed);
    } catch {
      refuse('a message that Node could not take');
      return false;
    }
  }) as typeof child.emit;

  listens.watch(child);
}

/** Not documented; lib/internal/child_process.js. */
interface ChildInternals {
  /** Messages that wait until a handle is acknowledged. */
  readonly _handleQueue?: unknown[] | null;
  _send(message: object, handle: null, swallowErrors: boolean): boolean;
}

/** The addresses that one worker has requested and has. */
class Listens implements ListenRecord {
  readonly #handoffs: Handoffs;
  /** Requested and not answered, by the number of the request. */
  readonly #asked = new Map<unknown, string>();
  /** By node:cluster's key of the address. */
  readonly #open = new Map<unknown, string>();

  constructor(handoffs: Handoffs) {
    this.#handoffs = handoffs;
  }

  get size(): number {
    return this.#asked.size + this.#open.size;
  }

  has(place: string): boolean {
    return [...this.#asked.values(), ...this.#open.values()].includes(place);
  }

  ask(seq: number, place: string): void {
    this.#asked.set(seq, place);
  }

  close(key: string): boolean {
    return this.#open.delete(key);
  }

  isOffered(seq: unknown): boolean {
    return this.#handoffs.isOffered(seq);
  }

  /** Watches the answers of node:cluster. */
  watch(child: Worker['process']): void {
    const send = child.send as (...args: unknown[]) => boolean;
    child.send = (message: unknown, ...rest: unknown[]) => {
      const { cmd, ack, errno, key } = (message ?? {}) as Record<string, unknown>;
      const place = cmd === 'NODE_CLUSTER' ? this.#asked.get(ack) : undefined;
      if (place !== undefined) {
        this.#asked.delete(ack);
        if (!errno && key !== undefined) this.#open.set(key, place);
      }
      return send.call(child, message, ...rest);
    };
  }
}

/** Answers about connections that the worker was passed (lib/internal/socket_list.js). */
function readSocketMessage(message: unknown, refuse: (what: string) => void): unknown {
  const { cmd, key, count } = message as Record<string, unknown>;
  if (typeof key === 'string') {
    if (cmd === 'NODE_SOCKET_ALL_CLOSED') return { cmd, key };
    if (cmd === 'NODE_SOCKET_COUNT' && Number.isSafeInteger(count)) return { cmd, key, count };
  }
  refuse('a message about connections that Node does not send');
  return undefined;
}

function claimsTooMuch(message: object): boolean {
  const { addresses } = message as { addresses?: unknown };
  return Array.isArray(addresses) && addresses.length > MAX_ADDRESSES;
}

function close(handle: unknown): void {
  (handle as { close?(): void } | undefined)?.close?.();
}

/** As Node tells them apart (lib/internal/child_process.js, `isInternal`). */
function isInternal(message: unknown): boolean {
  const { cmd } = (message ?? {}) as { cmd?: unknown };
  return typeof cmd === 'string' && cmd.length > 5 && cmd.startsWith('NODE_');
}
