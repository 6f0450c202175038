// Queues in a cluster: what a worker ran that is killed runs again at once, and one that drains ends its job and takes no other. A
// job that has failed for good says how its process ended, and /metrics counts jobs once for all workers.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { expect, inject, test } from 'vitest';
import { MUSTER } from '../support/deployment.js';
import { runProgram } from '../support/program.js';

const run = promisify(execFile);

const WORKERS = new URL('fixtures/job-workers.js', import.meta.url);

test.concurrent.each(['embedded', 'redis'])(
  'jobs of workers that are killed and that drain (%s)',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-queue-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
    const url = engine === 'redis' ? inject('redisUrl') : `lmdb:${folder}/store`;
    const name = randomUUID();
    await using program = runProgram(WORKERS, {
      cwd: folder,
      env: { MUSTER_STORE_URL: url, SCOPE: name },
    });
    // Its lease is an hour: no time that is over gives it to another one.
    await program.printed(/^run dies 2$/m);
    await program.printed(/^dies is done$/m);
    await program.printed(/^once$/m);
    await program.printed(/^exits: The process that ran it exited with code 7$/m);
    // The schedules: the one that the deploy changed, and the one that it left out.
    await program.printed(/^every 7200000,3600000$/m);
    // The cluster of this folder.
    const status = await run(process.execPath, [MUSTER, 'status'], { cwd: folder });
    expect(status.stdout).toMatch(new RegExp(`^QUEUE .*\\n(.*\\n)*${name} +\\d+ `, 'm'));
    const [, admin = ''] = await program.printed(/admin endpoint is (http:\S+\d)\./);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain('muster_scrape_queues 1\n');
    expect(metrics).toContain(`muster_queue_jobs{queue="${name}",state="failed"} 1\n`);
    expect(metrics).toContain(`muster_queue_jobs{queue="${name}",state="waiting"} `);
    expect(metrics).toContain(`muster_queue_oldest_seconds{queue="${name}"} `);
    await program.printed(/^run slow 1$[\s\S]*^run slow 1$/m);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await using store = createSharedStore({ url });
    const queue = createQueue({ store, name });
    const states = ['dies', 'slow 1', 'slow 2'].map(async (id) => (await queue.get(id))?.state);
    expect(await Promise.all(states)).toEqual(['done', 'done', 'done']);
    // Nobody took it.
    expect(await queue.get('late')).toMatchObject({ state: 'waiting', attempts: 0 });
  },
);
