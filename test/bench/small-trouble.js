/**
 * Small trouble, and what supervisors make of it: Muster beside PM2 with the same app, under 50 good requests a second.
 * PM2 is no dependency: it is installed into a temporary folder, which is removed afterwards. Asked for by name, and by
 * nothing else: `node test/bench/small-trouble.js`, some eleven minutes.
 *
 * - Poison: every 4 seconds a request that crashes the worker which gets it.
 * - A broken deploy: the file on disk is broken, one worker is killed, 20 seconds later the file is repaired.
 * - A database is away for 60 seconds. Workers end when they lose it, and at their start without it.
 *
 * Poison is given to all at the same time. The others come to one after the other: a supervisor that restarts without a
 * pause takes the processor from its neighbours.
 *
 * PM2 runs in cluster mode with `wait_ready`, once with its defaults and once with `exp_backoff_restart_delay` of 100.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/redis/free-port.js';
import { databaseAt } from './trouble/database.js';
import { installPm2 } from './trouble/pm2.js';
import { ask, Requests } from './trouble/requests.js';
import { muster, pm2 } from './trouble/supervisors.js';

const FRAIL = fileURLToPath(new URL('../chaos/core/frail-app.js', import.meta.url));
const WORKERS = 4;
const PER_SECOND = 50;
/** Workers that have served for 10,000 ms are stable for Muster. */
const STABLE_MS = 11_000;
/** PM2 gives up an app that crashes 16 times in its first 16,000 ms, and none that is older. */
const SETTLED_MS = 17_000;
const START_WITHIN_MS = 120_000;
/** Who has not answered for so long does not serve: each of four should have had some 60 requests. */
const SERVES_MS = 5_000;

/** @typedef {import('./trouble/supervisors.js').Supervisor} Supervisor */
/** @typedef {Awaited<ReturnType<typeof begin>>} Scene */
/**
 * @typedef {object} Trouble
 * @property {string} name
 * @property {number} ageMs of the youngest worker when it begins
 * @property {(scene: Scene) => Promise<number | undefined>} run gives the moment at which the cause was gone, if it has one
 * @property {number} afterMs of requests after that
 * @property {boolean} [sideBySide] all supervisors at the same time
 */

const home = await mkdtemp(join(tmpdir(), 'muster-trouble-'));
const socket = join(home, 'database');
const database = databaseAt(socket);

/** @type {Trouble[]} */
const TROUBLES = [
  {
    name: 'poison',
    ageMs: STABLE_MS,
    afterMs: 5_000,
    sideBySide: true,
    async run({ port }) {
      for (let dose = 0; dose < 15; dose += 1) {
        await ask(port, '/poison').catch(() => {});
        await sleep(4_000);
      }
      return undefined;
    },
  },
  {
    name: 'broken deploy',
    ageMs: SETTLED_MS,
    afterMs: 20_000,
    async run({ port, file }) {
      await writeFile(file, 'const = 1;');
      process.kill(Number(await ask(port)), 'SIGKILL');
      await sleep(20_000);
      await copyFile(FRAIL, file);
      return performance.now();
    },
  },
  {
    name: 'database away',
    ageMs: SETTLED_MS,
    afterMs: 20_000,
    async run() {
      await database.go();
      await sleep(60_000);
      await database.come();
      return performance.now();
    },
  },
];

/** @param {Supervisor} supervisor */
async function begin(supervisor) {
  const file = join(await mkdtemp(join(home, 'app-')), 'app.mjs');
  await copyFile(FRAIL, file);
  const port = await freePort();
  const env = { PORT: String(port), DATABASE: socket };
  const running = await supervisor.start(file, WORKERS, env);
  const requests = new Requests(port, PER_SECOND);
  return {
    ...{ supervisor, port, file, running, requests },
    serving: () => requests.servingPids(SERVES_MS).length,
    async end() {
      requests.stop();
      await running.stop();
    },
  };
}

/** @param {Scene} scene */
async function untilAllServe({ supervisor, serving }) {
  const until = performance.now() + START_WITHIN_MS;
  while (serving() < WORKERS) {
    if (performance.now() > until) throw new Error(`${supervisor.name} did not start`);
    await sleep(50);
  }
}

/** @param {Trouble} trouble @param {Scene} scene */
async function suffer({ name, run, afterMs }, scene) {
  const { supervisor, requests, running } = scene;
  const { answered, failed } = requests;
  const goneAt = await run(scene);
  await sleep(afterMs);
  const counts = [requests.answered - answered, requests.failed - failed];
  const state = `${scene.serving()} of ${WORKERS} serve (${await running.state()})`;
  return [name, supervisor.name, ...counts, state, backAfter(requests, goneAt, afterMs)];
}

/** @param {Requests} requests @param {number | undefined} goneAt @param {number} withinMs */
function backAfter(requests, goneAt, withinMs) {
  if (goneAt === undefined) return '';
  const backAt = requests.newcomerAfter(goneAt);
  if (backAt === undefined) return `not within ${withinMs / 1_000} s`;
  return `${((backAt - goneAt) / 1_000).toFixed(1)} s`;
}

/** @param {Trouble} trouble @param {readonly Supervisor[]} supervisors */
async function compare(trouble, supervisors) {
  /** @type {Scene[]} */
  const scenes = [];
  try {
    for (const supervisor of supervisors) scenes.push(await begin(supervisor));
    await Promise.all(scenes.map(untilAllServe));
    await sleep(trouble.ageMs);
    return await Promise.all(scenes.map((scene) => suffer(trouble, scene)));
  } finally {
    await Promise.all(scenes.map((scene) => scene.end()));
  }
}

try {
  const folder = join(home, 'pm2');
  await mkdir(folder);
  const version = await installPm2(folder);
  await database.come();
  // The last to be started is the youngest: PM2 is, of all, at least as old as Muster.
  const supervisors = [
    pm2(`PM2 ${version}`, folder),
    pm2(`PM2 ${version} with backoff`, folder, '--exp-backoff-restart-delay', '100'),
    muster,
  ];
  console.log('| trouble | supervisor | answered | failed | at the end | back after |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const trouble of TROUBLES) {
    const groups = trouble.sideBySide ? [supervisors] : supervisors.map((one) => [one]);
    for (const group of groups) {
      for (const row of await compare(trouble, group)) console.log(`| ${row.join(' | ')} |`);
      console.error(`load: ${Math.round(loadavg()[0] ?? 0)}`);
    }
  }
} finally {
  await database.go();
  await rm(home, { recursive: true, force: true });
}
