/** Starts the heartbeats of a worker. */
import { setTimeout } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { sendHealthMessage } from '../../channel/heartbeat.js';
import { startHeartbeats } from './heartbeats.js';
import { processTotals } from './totals.js';

/**
 * `MUSTER_HEARTBEAT_MS`: milliseconds between reports; without it nothing is measured. `MUSTER_IDLE_HEARTBEAT_MS`: the same
 * for an idle worker. `MUSTER_METRICS`: set if the primary will ask for metrics.
 */
export function scheduleHeartbeats(env: NodeJS.ProcessEnv): void {
  const everyMs = Number(env.MUSTER_HEARTBEAT_MS);
  if (!(everyMs > 0)) return;
  const begin = () => {
    startHeartbeats({ everyMs, idleEveryMs: Number(env.MUSTER_IDLE_HEARTBEAT_MS) || everyMs });
    if (env.MUSTER_METRICS) void answer();
  };
  // The last report: no heartbeat comes after it.
  process.on('exit', () => sendHealthMessage(process, processTotals()));
  setTimeout(begin, everyMs).unref();
}

/** Loads the bus, which a start without metrics does not need. */
async function answer(): Promise<void> {
  try {
    (await import('../metrics/answer.js')).answerMetrics();
  } catch (error) {
    console.error(`muster: this worker has no metrics: ${reasonOf(error)}`);
  }
}
