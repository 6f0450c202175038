// The cluster of the tests: two workers of node:cluster with the same app.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SharedStoreOptions } from '@muster/store';

const fixture = join(import.meta.dirname, '../fixtures/cluster.js');

export type FrameworkName = 'express' | 'express4' | 'fastify' | 'koa' | 'koa-session6';

export interface Worker {
  /** Its app, and the same with `conflict: 'reject'`. */
  readonly url: string;
  readonly rejecting: string;
}

export class Cluster {
  readonly #child: ChildProcess;
  readonly one: Worker;
  readonly two: Worker;

  private constructor(child: ChildProcess, [one, two]: [Worker, Worker]) {
    this.#child = child;
    this.one = one;
    this.two = two;
  }

  static async start(
    framework: FrameworkName,
    store: SharedStoreOptions,
    sessions: object = {},
  ): Promise<Cluster> {
    const child = fork(fixture, [framework, JSON.stringify(store), JSON.stringify(sessions)]);
    const [workers] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the cluster exited with ${code}`);
      }),
    ]);
    return new Cluster(child, workers);
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.exitCode === null) {
      this.#child.disconnect();
      await exited;
    }
  }
}
