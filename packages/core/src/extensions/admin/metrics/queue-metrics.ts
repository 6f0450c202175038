// The job queues of the shared store as metrics, counted once for the whole cluster.
import type { QueueInfo } from '@muster/queue';
import type { PrimaryStore } from '../../locks/primary-store.js';
import { readQueues } from '../../locks/read-queues.js';
import type { Metric } from './metric.js';
import { gauge, type Point } from './metric-builders.js';

const STATES = ['waiting', 'delayed', 'blocked', 'running', 'done', 'failed'] as const;

/** Never rejects. */
export async function queueMetrics(store: PrimaryStore): Promise<Metric[]> {
  const help = 'Whether the job queues of the shared store could be read (1).';
  try {
    const queues = await readQueues(store);
    if (queues === undefined) return [];
    return [gauge('muster_scrape_queues', help, [[1]]), ...metricsOf(queues)];
  } catch {
    return [gauge('muster_scrape_queues', help, [[0]])];
  }
}

function metricsOf(queues: readonly QueueInfo[]): Metric[] {
  if (queues.length === 0) return [];
  const each = (of: (queue: QueueInfo) => number): Point[] =>
    queues.map((queue) => [of(queue), { queue: queue.name }]);
  return [
    gauge(
      'muster_queue_jobs',
      'Jobs of a queue, by state. Of those that are done, these are kept.',
      queues.flatMap((queue) =>
        STATES.map((state): Point => [queue[state], { queue: queue.name, state }]),
      ),
    ),
    gauge(
      'muster_queue_oldest_seconds',
      'How long the oldest waiting job could have started; 0 if none waits.',
      each(({ oldestMs }) => oldestMs / 1_000),
    ),
    gauge(
      'muster_queue_bytes',
      'Bytes of data of the jobs that are not done.',
      each(({ bytes }) => bytes),
    ),
    gauge(
      'muster_queue_paused',
      'Whether no job of the queue starts (1).',
      each(({ isPaused }) => (isPaused ? 1 : 0)),
    ),
  ];
}
