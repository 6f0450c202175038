// The settings of a worker's drain, as its fork passes them (supervisor/process/fork.ts).

export interface DrainSettings {
  /** Milliseconds after the start of the drain at which the primary kills the worker. */
  readonly timeoutMs: number;
  /** Milliseconds over which the closes of long-lived connections are spread. */
  readonly paceMs: number;
  /** Whether the app's listeners for SIGTERM are called. */
  readonly signal: boolean;
}

/** For a worker without a primary. */
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PACE_MS = 5_000;

export function drainSettings(env: NodeJS.ProcessEnv = process.env): DrainSettings {
  const { MUSTER_DRAIN_TIMEOUT_MS, MUSTER_DRAIN_PACE_MS, MUSTER_DRAIN_SIGNAL } = env;
  return {
    timeoutMs: Number(MUSTER_DRAIN_TIMEOUT_MS) || DEFAULT_TIMEOUT_MS,
    paceMs: Number(MUSTER_DRAIN_PACE_MS ?? DEFAULT_PACE_MS),
    signal: MUSTER_DRAIN_SIGNAL !== 'false',
  };
}
