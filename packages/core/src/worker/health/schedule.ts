/** Begins to look after the health of a worker. It costs a start next to nothing: what measures is loaded later. */

/**
 * `MUSTER_HEARTBEAT_MS`: how often to tell the primary; without it nothing is measured. `MUSTER_METRICS`: whether the
 * primary will ask for metrics.
 */
export function scheduleHeartbeats(env: NodeJS.ProcessEnv): void {
  const everyMs = Number(env.MUSTER_HEARTBEAT_MS);
  if (!(everyMs > 0)) return;
  const begin = async () => {
    const { startHeartbeats } = await import('./heartbeats.js');
    startHeartbeats(everyMs);
    if (!env.MUSTER_METRICS) return;
    const { answerMetrics } = await import('../metrics/answer.js');
    answerMetrics();
  };
  setTimeout(() => void begin(), everyMs).unref();
}
