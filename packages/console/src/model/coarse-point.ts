// One point for ten: the worst of what hurts when it is bad for a moment, and the mean of the rest. As the server's.
import type { Value } from '@muster/core/console';

const GREATEST = new Set(['responseP99Ms', 'eventLoopDelayP99Ms', 'storeP99Ms', 'machineLagMs']);

/** A series in which no point has a value has none in the result either. */
export function coarsePoint(
  points: readonly Readonly<Record<string, Value>>[],
): Record<string, Value> {
  const names = new Set(points.flatMap((point) => Object.keys(point)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = points
        .map((point) => point[name])
        .filter((value) => typeof value === 'number');
      if (values.length === 0) return [name, null];
      if (GREATEST.has(name)) return [name, Math.max(...values)];
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
