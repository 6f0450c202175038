// A case of the conformance suite, and the cluster on which it runs.

import type { Actions, Heard } from './actions.js';

/** A running cluster. `'primary'` is a member as well. */
export interface SuiteCluster {
  /** Has a member do something, by `serveSuite` on its bus. Action and input are JSON, and so is the answer. */
  run(member: number | 'primary', action: string, input: unknown): Promise<unknown>;
  /** Ends this worker at once, without a last word. Nobody takes its place. */
  kill(slot: number): Promise<void>;
}

export interface SuiteCase {
  readonly name: string;
  /** How many workers it wants, in the slots from 0, each of generation 1, role `'worker'`, and joined. */
  readonly workers: number;
  run(cluster: SuiteCluster): Promise<void>;
}

/** The same, as the cases call it. */
export interface CaseCluster extends SuiteCluster {
  run<Action extends keyof Actions>(
    member: number | 'primary',
    action: Action,
    input?: Parameters<Actions[Action]>[0],
  ): Promise<Awaited<ReturnType<Actions[Action]>>>;
}

export interface Case extends SuiteCase {
  run(cluster: CaseCluster): Promise<void>;
}

/** How long the suite waits for what is to happen, in milliseconds. */
const PATIENCE_MS = 30_000;

export async function eventually(check: () => Promise<void>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const payloads = (heard: readonly Heard[]) => heard.map((one) => one.payload);

/** All that was sent before between the primary and the worker of a cluster of one has arrived. */
export async function settledOne(cluster: CaseCluster): Promise<void> {
  await cluster.run(0, 'request', { to: 'primary', call: 'nothing', payload: null });
  await cluster.run('primary', 'request', { to: 0, call: 'nothing', payload: null });
}
