// Faults of an app's own functions become process warnings: they never end the process.
import { stackOf } from '@muster/codec/thrown';
import { SessionCallbackFailedError } from '../errors.js';

/** Places in the app's code that have been reported, since the fault may come again with every request. */
const places = new Set<string>();

/** Once for each line that throws. */
export function reportThrown(thrown: unknown): void {
  warn(placeOf(thrown, 1), () => new SessionCallbackFailedError(thrown));
}

/** Once for each line that made the call. */
export function reportMisuse(error: Error): void {
  warn(placeOf(error, CALLER_FRAMES), () => error);
}

/** How many frames of an error made here lead to the app's own. */
const CALLER_FRAMES = 4;

function warn(place: string, warning: () => Error): void {
  if (places.has(place)) return;
  places.add(place);
  process.emitWarning(warning());
}

/** The frames, if there is a stack. */
function placeOf(fault: unknown, frames: number): string {
  const lines =
    stackOf(fault)
      ?.split('\n')
      .filter((line) => line.startsWith('    at ')) ?? [];
  return lines.slice(0, frames).join('\n') || typeof fault;
}
