// Whether this process stood still: a machine that is busy with other things may leave it without a core for seconds. That
// a peer did then what it does after a second of silence is no fault of it.
import { clearInterval, setInterval } from 'node:timers';
import { now } from '../now.js';

/** Milliseconds; half of what anybody waits for a peer. */
const STILL_MS = 500;
const LOOK_MS = 50;

interface StandstillWatch {
  /** @param time of `now()` */
  stoodStillSince(time: number): boolean;
  end(): void;
}

/** Watches from now on, and keeps no process alive. */
export function watchForStandstill(): StandstillWatch {
  let seen = now();
  let wokeAt = Number.NEGATIVE_INFINITY;
  const look = () => {
    const time = now();
    if (time - seen > STILL_MS) wokeAt = time;
    seen = time;
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    stoodStillSince(time) {
      look();
      return wokeAt >= time;
    },
    end: () => clearInterval(timer),
  };
}
