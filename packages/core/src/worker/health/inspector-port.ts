/**
 * Where the primary finds the inspector of this worker when its event loop no longer turns.
 *
 * A worker whose arguments speak of the inspector is left as its developer wants it.
 */
import { close, url } from 'node:inspector';
import { hasInspectorFlag } from './schedule.js';

/** 0 where there is none. */
export function inspectorPort(): number {
  const open = url();
  return open === undefined ? process.debugPort : Number(new URL(open).port);
}

/** Closes what was opened for the primary. */
export function closeInspector(): void {
  if (!hasInspectorFlag()) close();
}
