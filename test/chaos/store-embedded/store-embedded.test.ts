// Workers of an embedded store that are killed and stopped at any moment: nothing is lost, and none blocks another.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSharedStore, type SharedStore } from '@muster/store';
import { OWNER_ENV, ownerGone } from '@muster/store/cluster';
import { expect, onTestFinished, test } from 'vitest';
import { round } from '../rounds.js';
import { tasks } from './tasks.js';

const { kills, stops, workers } = round({
  short: { kills: 15, stops: 2, workers: 3 },
  full: { kills: 200, stops: 25, workers: 4 },
});
const STOP_MS = 2_500;
/**
 * Milliseconds for which an event loop may stand still. The promise is 1 s, and the round prints what it was; on a machine
 * that is busy with other tests, a loop may wait that long for a core. One that is blocked by a stopped worker waits STOP_MS.
 */
const STILL_MS = round({ short: STOP_MS - 250, full: 1_000 });
const LOOK_MS = 20;
const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

class Worker {
  readonly owner: string;
  readonly #prefix: string;
  readonly #child: ChildProcess;
  #stoppedUntil = 0;
  #isStopped = false;
  isGone = false;

  constructor(url: string, prefix: string) {
    this.owner = prefix.replace(/\W/g, '-');
    this.#prefix = prefix;
    this.#child = fork(WORKER, [url, prefix], {
      env: { ...process.env, [OWNER_ENV]: this.owner },
      execArgv: [],
    });
    this.#child.once('exit', (code) => {
      this.isGone = true;
      if (code !== null) throw new Error(`a worker ended by itself, with ${code}`);
    });
  }

  /** How often it was told that the task was done. */
  acknowledged(task: string): number {
    return statSync(`${this.#prefix}.${task}`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Milliseconds since its event loop turned last; 0 where that is no wonder. */
  stillFor(): number {
    if (this.isGone || this.#isStopped) return 0;
    let beat: Buffer;
    try {
      beat = readFileSync(`${this.#prefix}.beat`);
    } catch {
      return 0;
    }
    if (beat.length < 8) return 0;
    return Date.now() - Math.max(beat.readDoubleLE(), this.#stoppedUntil);
  }

  stop(): void {
    this.#isStopped = true;
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
    this.#stoppedUntil = Date.now();
    this.#isStopped = false;
  }

  async kill(store: SharedStore): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    await ownerGone(store, this.owner);
  }
}

test(
  'kills and stops lose nothing of an embedded store, and hold nobody up',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    const url = `lmdb:${folder}/store`;
    const store = createSharedStore({ url, deadlineMs: 20_000 });
    const all: Worker[] = [];
    let running: Worker[] = [];
    onTestFinished(async () => {
      await Promise.all(running.map((worker) => worker.kill(store)));
      await store.close();
      await rm(folder, { recursive: true });
    });
    const start = (): Worker => {
      const worker = new Worker(url, join(folder, `w${all.length}`));
      all.push(worker);
      return worker;
    };
    const acknowledged = (task: string) =>
      all.reduce((sum, worker) => sum + worker.acknowledged(task), 0);
    const anyone = () => Math.floor(Math.random() * running.length);

    let stillest = 0;
    let lookedAt = Date.now();
    const looking = setInterval(() => {
      const late = Date.now() - lookedAt;
      lookedAt = Date.now();
      // Where this process had to wait for a core, others had, too.
      if (late > 5 * LOOK_MS) return;
      for (const worker of running) stillest = Math.max(stillest, worker.stillFor());
    }, LOOK_MS);
    onTestFinished(() => clearInterval(looking));

    await store.ready();
    running = Array.from({ length: workers }, start);
    let stopped = 0;
    for (let n = 0; n < kills; n++) {
      await delay(50 + Math.random() * 150);
      if (n % Math.floor(kills / stops) === 0 && stopped < stops) {
        stopped++;
        const frozen = running[anyone()] as Worker;
        frozen.stop();
        await delay(STOP_MS);
        frozen.goOn();
        await delay(100);
      }
      const place = anyone();
      await running[place]?.kill(store);
      running[place] = start();
    }
    const before = tasks.map(({ name }) => acknowledged(name));
    // All that are left work on: whatever the dead held is free.
    await expect
      .poll(() => tasks.every(({ name }, i) => acknowledged(name) > (before[i] as number)), {
        timeout: 60_000,
      })
      .toBe(true);
    clearInterval(looking);
    await Promise.all(running.splice(0).map((worker) => worker.kill(store)));

    const results = await Promise.all(
      tasks.map(async ({ name, done }) => ({
        name,
        acknowledged: acknowledged(name),
        stored: await done(store),
      })),
    );
    console.log(JSON.stringify({ kills, stops: stopped, stillest, results }));
    for (const { name, ...sums } of results) {
      expect(sums.stored, name).toBeGreaterThanOrEqual(sums.acknowledged);
      // Each may have been killed between the commit of one and telling about it.
      expect(sums.stored, name).toBeLessThanOrEqual(sums.acknowledged + all.length);
    }
    // That something was at stake; how much is a matter of the machine.
    expect(results[0]?.acknowledged).toBeGreaterThan(100);
    expect(stillest).toBeLessThan(STILL_MS);
  },
  round({ short: 90_000, full: 400_000 }),
);
