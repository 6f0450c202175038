// Every order in which things can happen.

import { type Arithmetic, type Bounds, judgeEnd, next, start, type World } from './world.js';

/** @returns how many worlds there are. @throws Violation */
export function search(credit: Arithmetic, bounds: Bounds): number {
  const seen = new Set<string>();
  const open: World[] = [start(bounds, credit)];
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    const key = JSON.stringify(world);
    if (seen.has(key)) continue;
    seen.add(key);
    const worlds = next(world, bounds, credit);
    if (worlds.length === 0) judgeEnd(world, bounds);
    open.push(...worlds);
  }
  return seen.size;
}
