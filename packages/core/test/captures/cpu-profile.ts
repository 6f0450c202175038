// Reads a `.cpuprofile` strictly, as the tools that open it rely on it: `Profiler.Profile` of the Chrome DevTools Protocol
// (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile).
import { expect } from 'vitest';

interface Node {
  id: number;
  callFrame: {
    functionName: string;
    scriptId: string;
    url: string;
    lineNumber: number;
    columnNumber: number;
  };
  hitCount: number;
  children?: number[];
}

interface Profile {
  nodes: Node[];
  samples: number[];
  timeDeltas: number[];
  startTime: number;
  endTime: number;
}

/** The name of the function in which most samples are. */
export function hottestIn(text: string): string {
  const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(text) as Profile;
  expect(endTime).toBeGreaterThan(startTime);
  expect(samples.length).toBeGreaterThan(0);
  expect(timeDeltas).toHaveLength(samples.length);
  expect(timeDeltas.every(Number.isSafeInteger)).toBe(true);

  const byId = new Map(nodes.map((node) => [node.id, node]));
  expect(byId.size).toBe(nodes.length);
  for (const { callFrame, hitCount } of nodes) {
    expect(callFrame).toEqual({
      functionName: expect.any(String),
      scriptId: expect.stringMatching(/^\d+$/),
      url: expect.any(String),
      lineNumber: expect.any(Number),
      columnNumber: expect.any(Number),
    });
    expect(hitCount).toBeGreaterThanOrEqual(0);
  }
  expectTree(nodes, byId);

  const samplesIn = new Map<string, number>();
  for (const id of samples) {
    const name = byId.get(id)?.callFrame.functionName;
    if (name === undefined) throw new Error(`sample of node ${id}, which is not there`);
    samplesIn.set(name, (samplesIn.get(name) ?? 0) + 1);
  }
  const [hottest = ['']] = [...samplesIn].sort(([, one], [, other]) => other - one);
  return hottest[0];
}

/** One root, from which every node is reached once. */
function expectTree(nodes: readonly Node[], byId: ReadonlyMap<number, Node>): void {
  const children = nodes.flatMap((node) => node.children ?? []);
  expect(new Set(children).size).toBe(children.length);
  const roots = nodes.filter(({ id }) => !children.includes(id));
  expect(roots.map(({ callFrame }) => callFrame.functionName)).toEqual(['(root)']);
  let reached = 0;
  const walk = (id: number) => {
    reached += 1;
    for (const child of byId.get(id)?.children ?? []) walk(child);
  };
  walk(roots[0]?.id ?? -1);
  expect(reached).toBe(nodes.length);
}
