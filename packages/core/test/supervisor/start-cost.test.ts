// What a start loads: each module takes a start some 0.3 ms, and a worker as often as there are workers.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as whole from '@muster/core';
import * as lean from '@muster/core/cluster';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);
const WAIT = { timeout: 20_000, interval: 50 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-start-cost-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What has the processes of a program note what they load. */
const noting = () => ({
  NODE_OPTIONS: `--import=${fixture('loaded-modules.js')}`,
  LOADED_MODULES: join(folder, 'loaded'),
});

const start = (name: string, env: Record<string, string>) =>
  onFreePort((port) => startOn(port, name, env));

async function startOn(port: number, name: string, env: Record<string, string>) {
  const program = runProgram(fixture(name), {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS: '{"workers":2}', ...env },
  });
  await program.printed(/cluster is up/);
  return program;
}

/** What matches of all that the primary, or all workers, have loaded by now, or the primary when it had started. */
async function loadedBy(
  who: 'primary' | 'started' | 'workers',
  pattern: RegExp,
): Promise<string[]> {
  const urls = (await readFile(join(folder, `loaded.${who}`), 'utf8')).split('\n');
  return urls.filter((url) => pattern.test(url));
}

const WORKER_SIDE = /\/core\/dist\/worker\/lifecycle\.js$/;
const PRIMARY_SIDE = /\/core\/dist\/(supervisor|extensions\/(?!socket-files\/protocol))/;
const BUS = /\/bus\/dist\/handle\/create-bus\.js$/;
const STORE = /\/store\/dist\/open\/shared-store\.js$/;
const SUPERJSON = /\/superjson\//;

describe('a start loads what it uses', () => {
  it('and without a bus and a store neither, in a worker or in the primary', async () => {
    await using _ = await start('lean.js', noting());
    expect(await loadedBy('workers', WORKER_SIDE)).toHaveLength(2);
    expect(await loadedBy('workers', PRIMARY_SIDE)).toEqual([]);
    expect(await loadedBy('workers', /\/(bus|store|superjson)\/dist\//)).toEqual([]);
    expect(await loadedBy('workers', /^node:http2$/)).toEqual([]);
    expect(await loadedBy('started', /\/core\/dist\/supervisor\/supervisor\.js$/)).toHaveLength(1);
    for (const part of [BUS, STORE, SUPERJSON]) expect(await loadedBy('started', part)).toEqual([]);
    // Before a deploy puts other files in their place.
    await vi.waitFor(async () => {
      for (const part of [BUS, STORE]) expect(await loadedBy('primary', part)).toHaveLength(1);
    }, WAIT);
  });

  it('and in a worker that imports the whole package nothing of the primary', async () => {
    await using _ = await start('server.js', noting());
    expect(await loadedBy('workers', PRIMARY_SIDE)).toEqual([]);
    for (const part of [WORKER_SIDE, BUS, STORE]) {
      expect(await loadedBy('workers', part)).toHaveLength(2);
    }
  });
});

describe('what was not loaded is there when it is wanted', () => {
  it('the bus of the primary, where workers ask each other before they are ready', async () => {
    await using program = await start('lean.js', { IN_WORKERS: 'bus' });
    await program.printed(/0 asked slot 1/);
    await program.printed(/1 asked slot 0/);
  });

  it('the primary, where what a worker started starts a cluster', async () => {
    await using program = await start('lean.js', { IN_WORKERS: 'cluster' });
    await program.printed(/within a worker: (.*\n)*function worker on lmdb:/);
  });
});

it('@muster/core is @muster/core/cluster, with the bus and the store', () => {
  const { createBus, createSharedStore, ...rest } = whole;
  expect([typeof createBus, typeof createSharedStore]).toEqual(['function', 'function']);
  expect(rest).toEqual({ ...lean });
  const worker: whole.WorkerIdentity = lean.worker;
  const options: lean.ClusterOptions = { worker: () => worker } satisfies whole.ClusterOptions;
  expect(options.worker).toBeTypeOf('function');
});
