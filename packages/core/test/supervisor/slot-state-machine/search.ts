// A breadth-first search through all worlds that can be reached, and what must hold in each of them.
import { newSlot } from '../../../dist/supervisor/slot/state.js';
import {
  type Bounds,
  checkRest,
  keyOf,
  type Move,
  moves,
  next,
  renamed,
  type Transition,
  Violation,
  type World,
} from './world.js';

export interface Found {
  readonly worlds: number;
  readonly steps: number;
  /** The most processes that a slot ever had. */
  readonly processes: number;
}

interface Node {
  readonly world: World;
  /** How it was reached first. */
  readonly before: number;
  readonly by: Move | undefined;
  readonly calm: number[];
}

/**
 * @throws Violation with the shortest way that leads to it
 */
export function search(transition: Transition, permanent: boolean, bounds: Bounds): Found {
  const first: World = {
    ...{ slot: newSlot(0, permanent), processes: [], callers: [] },
    ...{ timer: false, watch: undefined },
  };
  const nodes: Node[] = [{ world: first, before: -1, by: undefined, calm: [] }];
  const known = new Map<string, number>([[keyOf(first), 0]]);
  let steps = 0;
  let processes = 0;
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at] as Node;
    for (const by of moves(node.world, bounds)) {
      steps += 1;
      let world: World;
      try {
        world = next(node.world, by.event, transition);
      } catch (error) {
        throw told(error, nodes, at, by);
      }
      const key = keyOf(world);
      let index = known.get(key);
      if (index === undefined) {
        index = nodes.push({ world: renamed(world), before: at, by, calm: [] }) - 1;
        known.set(key, index);
        const there = world.processes.filter(({ phase }) => phase !== 'preparing');
        processes = Math.max(processes, there.length);
        if (processes > bounds.processes) {
          throw told(new Violation('there are too many processes'), nodes, index);
        }
      }
      if (by.calm) node.calm.push(index);
    }
  }
  checkCalm(nodes);
  return { worlds: nodes.length, steps, processes };
}

/** Where nobody disturbs, everything comes to rest, on every way, and well. */
function checkCalm(nodes: readonly Node[]): void {
  const state = new Uint8Array(nodes.length);
  for (let start = 0; start < nodes.length; start += 1) {
    if (state[start] !== 0) continue;
    const path: { at: number; child: number }[] = [{ at: start, child: 0 }];
    state[start] = 1;
    while (path.length > 0) {
      const top = path.at(-1) as { at: number; child: number };
      const { calm, world } = nodes[top.at] as Node;
      if (calm.length === 0) {
        try {
          checkRest(world);
        } catch (error) {
          throw told(error, nodes, top.at);
        }
      }
      const child = calm[top.child];
      if (child === undefined) {
        state[top.at] = 2;
        path.pop();
        continue;
      }
      top.child += 1;
      if (state[child] === 1) {
        throw told(new Violation('it goes round in circles'), nodes, child);
      }
      if (state[child] === 2) continue;
      state[child] = 1;
      path.push({ at: child, child: 0 });
    }
  }
}

function told(error: unknown, nodes: readonly Node[], at: number, last?: Move): unknown {
  if (!(error instanceof Violation)) return error;
  const way: string[] = last ? [JSON.stringify(last.event)] : [];
  for (let node = nodes[at]; node?.by; node = nodes[node.before]) {
    way.unshift(JSON.stringify(node.by.event));
  }
  const world = JSON.stringify(nodes[at]?.world);
  return new Violation(`${error.message}, after\n${way.join('\n')}\nin ${world}`);
}
