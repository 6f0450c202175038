// A time of day for processes of a test, set while they run, as `date -s` sets that of a machine: through libfaketime, the machine's
// own, or out of Debian's packages. Their monotonic clock goes on as it is.
// @ts-check
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder } from './cache-folder.js';
import { commandFolder, unpackDebianPackages } from './debian-packages.js';

const run = promisify(execFile);

const WANTED = {
  name: 'A clock for the tests',
  packages: ['faketime', 'libfaketime'],
  commands: ['faketime'],
};
/** For programs with threads. */
const LIBRARY = 'libfaketimeMT.so.1';

/** @returns {Promise<string>} the path of a libfaketime that works */
async function findLibrary() {
  try {
    return await libraryIn('/usr/lib');
  } catch {
    const cache = await defaultCacheFolder('faketime');
    const unpacked = (/** @type {string} */ commands) =>
      libraryIn(join(commands, '../root/usr/lib'));
    return unpacked(commandFolder(cache)).catch(() =>
      unpackDebianPackages(WANTED, cache, process.env.PATH ?? '', unpacked),
    );
  }
}

/** @param {string} folder with folders of libraries, one for each architecture */
async function libraryIn(folder) {
  for (const name of await readdir(folder)) {
    const library = join(folder, name, 'faketime', LIBRARY);
    const env = { LD_PRELOAD: library, FAKETIME: '+10000d' };
    const { stdout } = await run('date', ['+%Y'], { env }).catch(() => ({ stdout: '' }));
    if (Number(stdout) > new Date().getFullYear() + 20) return library;
  }
  throw new Error(`no ${LIBRARY} below ${folder}`);
}

/** How far it is ahead of the real clock is written to a file, which the processes read. */
export class MachineClock {
  /** @type {string} */
  #folder;
  /** @type {Record<string, string>} the environment of processes that follow it */
  env;

  /** @param {string} folder @param {string} library */
  constructor(folder, library) {
    this.#folder = folder;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: join(folder, 'ahead'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  static async make() {
    const library = await findLibrary();
    const clock = new MachineClock(await mkdtemp(join(tmpdir(), 'muster-clock-')), library);
    await clock.set(Date.now());
    return clock;
  }

  /** @param {number} time milliseconds since the epoch, which its processes see from now on */
  async set(time) {
    const file = join(this.#folder, 'next');
    await writeFile(file, `${((time - Date.now()) / 1_000).toFixed(3).replace(/^(?!-)/, '+')}\n`);
    // At once: none reads half of it.
    await rename(file, join(this.#folder, 'ahead'));
  }

  async [Symbol.asyncDispose]() {
    await rm(this.#folder, { recursive: true });
  }
}
