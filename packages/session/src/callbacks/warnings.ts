// What an app's own functions do wrong at a session store: told by a process warning, and never the end of the process.
import { stackOf } from '@muster/codec/thrown';
import { SessionCallbackFailedError } from '../errors.js';

/** Places in the app's code that have been reported: it may go wrong there with every request. */
const places = new Set<string>();

/** Once for each line that throws. */
export function reportThrown(thrown: unknown): void {
  warn(placeOf(thrown, 1), () => new SessionCallbackFailedError(thrown));
}

/** Once for each line that made the call. */
export function reportMisuse(error: Error): void {
  warn(placeOf(error, CALLER_FRAMES), () => error);
}

/** Frames of an error made here, down to the one of the app. */
const CALLER_FRAMES = 4;

function warn(place: string, warning: () => Error): void {
  if (places.has(place)) return;
  places.add(place);
  process.emitWarning(warning());
}

/** As far as a stack says so. */
function placeOf(fault: unknown, frames: number): string {
  const lines =
    stackOf(fault)
      ?.split('\n')
      .filter((line) => line.startsWith('    at ')) ?? [];
  return lines.slice(0, frames).join('\n') || typeof fault;
}
