/** Begins to look after the health of a worker. It costs a start next to nothing: what measures is loaded later. */

/**
 * `MUSTER_INSPECTOR_PORT`: a port of its own, for the inspector to listen on when a signal opens it.
 * `MUSTER_HEARTBEAT_MS`: how often to tell the primary; without it nothing is measured. `MUSTER_METRICS`: whether the
 * primary will ask for metrics.
 */
export function scheduleHeartbeats(env: NodeJS.ProcessEnv): void {
  const port = Number(env.MUSTER_INSPECTOR_PORT);
  if (port > 0 && !hasInspectorFlag()) process.debugPort = port;
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

/** Whether the arguments of this process say where its inspector is, or that it is open: `--inspect`, `--inspect-port`. */
export function hasInspectorFlag(): boolean {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  return given.some((text) => /--(inspect|debug-port)/.test(text));
}
