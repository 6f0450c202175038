/** Begins to look after the health of a worker. It costs a start next to nothing: what measures is loaded later. */
import { setTimeout } from 'node:timers';
import { sendHealth } from '../../heartbeat.js';
import { processTotals } from './totals.js';

/**
 * `MUSTER_HEARTBEAT_MS`: how often to tell the primary; without it nothing is measured. `MUSTER_IDLE_HEARTBEAT_MS`: the
 * same for a worker that does nothing. `MUSTER_METRICS`: whether the
 * primary will ask for metrics.
 */
export function scheduleHeartbeats(env: NodeJS.ProcessEnv): void {
  const everyMs = Number(env.MUSTER_HEARTBEAT_MS);
  if (!(everyMs > 0)) return;
  const begin = async () => {
    const { startHeartbeats } = await import('./heartbeats.js');
    startHeartbeats({ everyMs, idleEveryMs: Number(env.MUSTER_IDLE_HEARTBEAT_MS) || everyMs });
    if (!env.MUSTER_METRICS) return;
    const { answerMetrics } = await import('../metrics/answer.js');
    answerMetrics();
  };
  // What it does until its end counts, and no heartbeat comes after it.
  process.on('exit', () => sendHealth(process, processTotals()));
  setTimeout(() => void begin(), everyMs).unref();
}
