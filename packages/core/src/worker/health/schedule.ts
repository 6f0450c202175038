/** Begins to look after the health of a worker. */
import { setTimeout } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { sendHealthMessage } from '../../channel/heartbeat.js';
import { startHeartbeats } from './heartbeats.js';
import { processTotals } from './totals.js';

/**
 * `MUSTER_HEARTBEAT_MS`: how often to tell the primary; without it nothing is measured. `MUSTER_IDLE_HEARTBEAT_MS`: the
 * same for a worker that does nothing. `MUSTER_METRICS`: whether the
 * primary will ask for metrics.
 */
export function scheduleHeartbeats(env: NodeJS.ProcessEnv): void {
  const everyMs = Number(env.MUSTER_HEARTBEAT_MS);
  if (!(everyMs > 0)) return;
  const begin = () => {
    startHeartbeats({ everyMs, idleEveryMs: Number(env.MUSTER_IDLE_HEARTBEAT_MS) || everyMs });
    if (env.MUSTER_METRICS) void answer();
  };
  // What it does until its end counts, and no heartbeat comes after it.
  process.on('exit', () => sendHealthMessage(process, processTotals()));
  setTimeout(begin, everyMs).unref();
}

/** The bus is loaded for it, which a start without one has no use for. */
async function answer(): Promise<void> {
  try {
    (await import('../metrics/answer.js')).answerMetrics();
  } catch (error) {
    console.error(`muster: this worker has no metrics: ${reasonOf(error)}`);
  }
}
