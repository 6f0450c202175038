// Every order in which things can happen, up to a number of steps.

import { type Bounds, type GroupClass, judgeEnd, keyOf, next, start, type World } from './world.js';

/** @returns how many worlds there are. @throws Violation */
export function search(Class: GroupClass, bounds: Bounds, steps: number): number {
  const seen = new Set<string>();
  let open: World[] = [start(bounds, Class)];
  for (let step = 0; step <= steps; step++) {
    const reached: World[] = [];
    for (const world of open) {
      const worlds = step < steps ? next(world, bounds, Class) : [];
      if (worlds.length === 0) judgeEnd(world, Class);
      for (const one of worlds) {
        const key = keyOf(one);
        if (seen.has(key)) continue;
        seen.add(key);
        reached.push(one);
      }
    }
    open = reached;
  }
  return seen.size;
}
