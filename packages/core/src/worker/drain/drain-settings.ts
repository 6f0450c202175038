// What a worker is told of its drain at its fork (supervisor/process/fork.ts).

export interface DrainSettings {
  /** Milliseconds from its start until the primary kills the worker. */
  readonly timeoutMs: number;
  /** Milliseconds over which the closes of long-lived connections are spread. */
  readonly paceMs: number;
  /** Whether the app's listeners for SIGTERM are called. */
  readonly signal: boolean;
}

/** For a worker that no primary has forked, or of one that is gone. */
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
