// Reads a `.heapsnapshot` strictly: its counts and its references fit together (V8's heap-snapshot-generator.cc).
import { expect } from 'vitest';

interface Snapshot {
  snapshot: {
    meta: { node_fields: string[]; edge_fields: string[]; node_types: unknown[] };
    node_count: number;
    edge_count: number;
  };
  nodes: number[];
  edges: number[];
  strings: string[];
}

/** @returns the names of all of its nodes */
export function expectSnapshot(text: string): Set<string> {
  const { snapshot, nodes, edges, strings } = JSON.parse(text) as Snapshot;
  const { node_fields, edge_fields } = snapshot.meta;
  expect(nodes).toHaveLength(snapshot.node_count * node_fields.length);
  expect(edges).toHaveLength(snapshot.edge_count * edge_fields.length);
  const [name, count, to] = [
    node_fields.indexOf('name'),
    node_fields.indexOf('edge_count'),
    edge_fields.indexOf('to_node'),
  ];
  const names = new Set<string>();
  let edgesOfNodes = 0;
  let wrong = 0;
  for (let at = 0; at < nodes.length; at += node_fields.length) {
    const string = strings[nodes[at + name] ?? -1];
    if (string === undefined) wrong += 1;
    else names.add(string);
    edgesOfNodes += nodes[at + count] ?? 0;
  }
  for (let at = to; at < edges.length; at += edge_fields.length) {
    const node = edges[at] ?? -1;
    if (node % node_fields.length !== 0 || !(node >= 0 && node < nodes.length)) wrong += 1;
  }
  expect(wrong).toBe(0);
  expect(edgesOfNodes).toBe(snapshot.edge_count);
  return names;
}
