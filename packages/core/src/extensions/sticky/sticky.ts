// Sticky routing as an extension: the primary's side of workers that listen through it (see protocol.ts).

import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Log } from '../../cluster-extension.js';
import type { StickyOptions } from '../../cluster-options.js';
import type { Extension, WorkerHandle } from '../extension.js';
import { clientKeys } from './client/client-key.js';
import { ErrorResponses } from './error-responses.js';
import { HEAD_TIMEOUT_MS, HeadReader } from './head-reader.js';
import { type FromWorker, onWorkerMessage } from './protocol.js';
import { descriptorLimit, stickyLimits } from './sticky-limits.js';
import { type Acceptor, type StickyContext, StickyListener } from './sticky-listener.js';
import { SharedPlaces } from './waiting-queue.js';
import { WorkerAcceptor } from './worker-acceptor.js';

/** Milliseconds for a worker to take a connection: HAProxy calls it `timeout queue`. */
const TIMEOUT_MS = 10_000;
/** Bytes received from connections that wait for one worker. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Milliseconds between two lines of the log about refused connections. */
const QUIET_MS = 10_000;
/** Milliseconds after the exit of a worker by which everything that it sent has been read. */
const READ_BY_MS = 1_000;
/** Answers to a worker that asks for more addresses than it may have; after these it gets none. */
const MAX_REFUSED_LISTENS = 100;

/** @throws InvalidOptionError for proxies that are no addresses */
export function createSticky(options: StickyOptions): Extension {
  const limits = stickyLimits(descriptorLimit());
  const errorResponses = new ErrorResponses(limits.refusing);
  const heads = new HeadReader(
    { timeoutMs: HEAD_TIMEOUT_MS, maxReading: limits.reading },
    errorResponses,
  );
  const warn = warner();
  const context: StickyContext = {
    keys: clientKeys(options),
    heads,
    errorResponses,
    maxUnrouted: limits.unrouted,
    unrouted: new SharedPlaces(),
    onBusy: warn.busy,
  };
  const waiting = {
    max: limits.waitingPerWorker,
    maxInAll: limits.waiting,
    maxBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
  };
  const places = new SharedPlaces();
  const listeners = new Map<string, StickyListener>();

  /** `undefined` if there are too many. A listener whose workers have all crashed makes room. */
  const listenerFor = (key: string, data: unknown): StickyListener | undefined => {
    const known = listeners.get(key);
    if (known) return known;
    if (listeners.size >= limits.listeners) {
      const left = [...listeners.values()].find(({ acceptors }) => acceptors.size === 0);
      if (!left) return undefined;
      listeners.delete(left.key);
      left.close();
    }
    const listener = new StickyListener(key, data, context);
    listeners.set(key, listener);
    return listener;
  };

  const listen = async (
    acceptor: WorkerAcceptor,
    { id, query, data }: FromWorker & { act: 'listen' },
  ): Promise<void> => {
    const { address, port, addressType, index } = query;
    const key = `${address}:${port}:${addressType}:${index}`;
    const { places } = acceptor;
    const full = places.size >= limits.listenersPerWorker && !places.has(key);
    const listener = full ? undefined : listenerFor(key, data);
    if (!listener) {
      acceptor.refusedListens += 1;
      const errno = -constants.errno.EMFILE;
      if (acceptor.refusedListens <= MAX_REFUSED_LISTENS) {
        acceptor.tell({ act: 'failed', id, errno });
      }
      return;
    }
    places.add(key);
    try {
      const sockname = await listener.listen(query);
      if (acceptor.gone) return;
      acceptor.tell({ act: 'listening', id, key, sockname, data: listener.data });
      listener.add(acceptor);
    } catch (error) {
      if (listeners.get(key) === listener) listeners.delete(key);
      places.delete(key);
      const { errno = -1 } = error as NodeJS.ErrnoException;
      acceptor.tell({ act: 'failed', id, errno });
    }
  };

  /** An address is closed with its last worker, but not if that one crashed: its successor follows. */
  const leave = (acceptor: WorkerAcceptor, listener: StickyListener, crashed: boolean) => {
    if (!listener.acceptors.has(acceptor)) return;
    acceptor.places.delete(listener.key);
    listener.remove(acceptor);
    if (crashed || listener.acceptors.size > 0) return;
    listeners.delete(listener.key);
    listener.close();
  };

  return {
    name: 'sticky',
    start({ log }) {
      warn.to(log);
    },
    forkSettings: () => ({ env: { MUSTER_STICKY: '1' } }),

    workerForked(handle) {
      const acceptor = new WorkerAcceptor(handle, waiting, places);
      onWorkerMessage(handle.process, (message) => {
        if (message.act === 'answer') acceptor.answered(message.seq, message.accepted);
        if (message.act === 'listen') void listen(acceptor, message);
        if (message.act === 'close') {
          const listener = listeners.get(message.key);
          if (listener) leave(acceptor, listener, false);
        }
      });
      onGone(handle, () => {
        for (const listener of [...listeners.values()]) leave(acceptor, listener, true);
        acceptor.leave();
      });
    },

    stopped() {
      heads.close();
      errorResponses.close();
      for (const listener of listeners.values()) listener.close();
      listeners.clear();
    },
  };
}

/** Logs that connections are refused, but not each of them. */
function warner() {
  let log: Log | undefined;
  let quietUntil = Number.NEGATIVE_INFINITY;
  return {
    to(given: Log) {
      log = given;
    },
    busy({ slot, waiting }: Acceptor) {
      if (performance.now() < quietUntil) return;
      quietUntil = performance.now() + QUIET_MS;
      log?.warn(
        'sticky.refused',
        `worker ${slot} does not take its connections: ${waiting} wait, and more are answered with 503`,
        { slot, waiting },
      );
    },
  };
}

/**
 * Calls back once, when everything that the worker sent has been read: an offer that it has not answered by then never
 * arrived. This is at 'close', unless a child process keeps its output open.
 */
function onGone({ process: child }: WorkerHandle, callback: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const gone = () => {
    clearTimeout(timer);
    child.off('close', gone);
    callback();
  };
  child.once('close', gone);
  child.once('exit', () => {
    timer = setTimeout(gone, READ_BY_MS);
  });
}
