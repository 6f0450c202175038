// Whether a new worker listens on the addresses of its predecessor.

import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer } from '@muster/codec/timers';
import { type ListenAddress, missingAddresses } from '../../channel/listen-address.js';
import { LaunchFailure } from './launch-failure.js';
import type { WorkerAddresses } from './worker-addresses.js';
import type { WorkerProcess } from './worker-process.js';

/** Milliseconds that a ready worker has at least: code may open one port after the other. */
const MIN_GRACE_MS = 5_000;
const SLOWER = 3;

/**
 * Milliseconds that a ready worker has to open missing addresses: three times as long as its predecessor took from its
 * fork, and no longer than a worker may take to be ready.
 */
export function graceMs(predecessorTookMs: number, timeoutMs: number): number {
  return Math.min(Math.max(MIN_GRACE_MS, SLOWER * predecessorTookMs), timeoutMs);
}

/** The addresses of a predecessor that a worker needs. */
export interface RequiredAddresses {
  addresses(): readonly ListenAddress[];
  /** Milliseconds to wait for them, once the worker is ready. */
  readonly graceMs: number;
}

/** @param timeoutMs how long a worker may take to be ready; addresses that the predecessor opened later are not required */
export function requiredAddresses(before: WorkerAddresses, timeoutMs: number): RequiredAddresses {
  return {
    addresses: () => before.openedWithin(timeoutMs),
    graceMs: graceMs(before.tookMs(timeoutMs), timeoutMs),
  };
}

/**
 * Settles with the names of the missing addresses: as soon as there are none, else when the time is up or `signal` is aborted.
 *
 * @throws LaunchFailure if the worker ends first
 */
export async function untilListeningOn(
  worker: WorkerProcess,
  wanted: RequiredAddresses,
  signal?: AbortSignal,
): Promise<string[]> {
  const missing = () => missingAddresses(wanted.addresses(), worker.addresses.current);
  if (missing().length === 0 || signal?.aborted) return missing();
  const waited = performance.now() - (worker.readyAt ?? performance.now());
  const leftMs = wanted.graceMs - waited;
  let end = () => {};
  const settled = new Promise<void>((resolve) => {
    const timer = setTimer(() => resolve(), Math.max(0, leftMs));
    const off = worker.addresses.onChange(() => missing().length === 0 && resolve());
    signal?.addEventListener('abort', () => resolve(), { once: true });
    end = () => {
      clearTimer(timer);
      off();
    };
  });
  const exit = await Promise.race([settled, worker.exited]);
  end();
  if (exit) throw new LaunchFailure(worker, 'crashed', { exit });
  return missing();
}

export function lackOf(missing: readonly string[], has: readonly ListenAddress[]): string {
  const names = has.map(({ name }) => name).join(', ');
  const instead = names === '' ? 'It listens on nothing' : `It listens on ${names}`;
  return `does not listen on ${missing.join(', ')}, as the one before it did. ${instead}.`;
}
