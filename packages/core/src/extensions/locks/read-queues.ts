// The job queues of the shared store, as the primary reads them: when somebody asks, and never in between.
import type { QueueInfo } from '@muster/queue';
import { within } from '../../process/deadline.js';
import type { PrimaryStore } from './primary-store.js';

/** Milliseconds for the store to answer; Prometheus itself waits for 10,000. */
const TIMEOUT_MS = 1_000;

/** `undefined` if the app has no store. @throws if the store does not answer. */
export async function readQueues(store: PrimaryStore): Promise<QueueInfo[] | undefined> {
  const read = async () => {
    const opened = await store.open();
    if (!opened) return undefined;
    const { listQueues } = await loadQueues();
    return listQueues(opened);
  };
  return within(
    TIMEOUT_MS,
    read(),
    () => new Error(`The store gave no answer in ${TIMEOUT_MS} ms`),
  );
}

export function loadQueues() {
  return import('@muster/queue');
}
