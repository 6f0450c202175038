// Divides the time of a drain.
import { setTimer } from '@muster/codec/timers';

/** Milliseconds, at most, for which requests under way keep the app's shutdown code waiting. */
const REQUESTS_MS = 5_000;
/** Milliseconds, at most, between the last call and the end. */
const LAST_CALL_MS = 1_000;

export interface DrainTime {
  /** Milliseconds for which requests under way keep the app's shutdown code waiting. */
  readonly requestsMs: number;
  /** Milliseconds until remaining connections are ended by force. */
  readonly lastCallMs: number;
}

export function divideDrainTime(timeoutMs: number): DrainTime {
  return {
    requestsMs: Math.min(REQUESTS_MS, timeoutMs / 4),
    lastCallMs: timeoutMs - Math.min(LAST_CALL_MS, timeoutMs / 5),
  };
}

/** Calls back after that time, if the process still lives. */
export function after(ms: number, callback: () => void): void {
  setTimer(callback, ms).unref();
}
