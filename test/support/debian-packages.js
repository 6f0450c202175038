// Programs out of Debian's (or Ubuntu's) packages, unpacked into a cache folder: no root, nothing installed.

import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { which } from './which.js';

const run = promisify(execFile);

const { ID = process.platform, VERSION_ID = '' } = await readFile('/etc/os-release', 'utf8').then(
  parseOsRelease,
  () => ({}),
);

/**
 * @typedef {object} Wanted
 * @property {string} name what it is for, in words for a log line
 * @property {string[]} packages the first is what apt would install; all are fetched, installed or not
 * @property {string[]} commands
 * @property {string} [folder] where they are. Default: `usr/bin`
 */

/**
 * Keyed by release and architecture: what one release unpacked need not start on another that shares the home folder.
 *
 * @param {string} cacheFolder
 */
const installation = (cacheFolder) => join(cacheFolder, `${ID}-${VERSION_ID}-${process.arch}`);

/**
 * Where the commands are once they are unpacked.
 *
 * @param {string} cacheFolder
 */
export const commandFolder = (cacheFolder) => join(installation(cacheFolder), 'bin');

/**
 * Safe to run in several processes at once: each works in a folder of its own, and one of them is published.
 *
 * @template Found
 * @param {Wanted} wanted
 * @param {string} cacheFolder one for each `wanted`
 * @param {string} path folders, as in PATH
 * @param {(commandFolder: string) => Promise<Found>} probe rejects where what is there does not start
 * @returns {Promise<Found>} what `probe` resolved with
 */
export async function unpackDebianPackages(wanted, cacheFolder, path, probe) {
  for (const tool of ['apt-get', 'dpkg']) {
    if (!(await which(tool, path))) throw new Error(`no ${tool} in PATH: not a Debian-like system`);
  }
  const home = installation(cacheFolder);
  console.error(`${wanted.name}: unpacking Debian's ${wanted.packages[0]} into ${home} …`);
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'unpacking-'));
  try {
    const result = join(work, 'result');
    await mkdir(result);
    for (const archive of await downloadPackages(wanted, work)) {
      await run('dpkg', ['-x', archive, join(result, 'root')]);
    }
    await writeCommands(wanted, result, home);
    return await publish(result, home, () => probe(commandFolder(cacheFolder)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * First with the package lists that the system has; where it has none, or they are older than what the mirror
 * still offers, with fresh ones of our own.
 *
 * @param {Wanted} wanted
 * @param {string} work
 * @returns {Promise<string[]>} the .deb files
 */
async function downloadPackages(wanted, work) {
  const cache = join(work, 'apt');
  const lists = join(work, 'lists');
  await mkdir(join(cache, 'archives/partial'), { recursive: true });
  await mkdir(join(lists, 'partial'), { recursive: true });
  const options = {
    'Dir::Cache': cache,
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    // As root, apt would hand its downloads to the user _apt, who cannot write to our folder.
    ...(process.getuid?.() === 0 && { 'APT::Sandbox::User': 'root' }),
  };
  try {
    return await downloadWith(wanted, options, join(work, 'archives'));
  } catch (systemLists) {
    const own = { ...options, 'Dir::State::Lists': lists, 'Acquire::Languages': 'none' };
    // Its exit code is no judge: one unreachable repository among several, or a hook that wants root, fails it.
    const update = await aptGet(own, ['update'], work).catch(lastLines);
    return downloadWith(wanted, own, join(work, 'fresh-archives')).catch((freshLists) => {
      throw new Error(
        `with the system's package lists: ${lastLines(systemLists)}\n` +
          `with lists of our own: ${lastLines(freshLists)}\n${typeof update === 'string' ? `apt-get update: ${update}` : ''}`,
        { cause: freshLists },
      );
    });
  }
}

/**
 * @param {Wanted} wanted
 * @param {Record<string, string>} options
 * @param {string} folder
 */
async function downloadWith({ packages }, options, folder) {
  const [wanted = ''] = packages;
  await mkdir(folder);
  // A simulation (-s): apt names what the package needs and this machine lacks, and does nothing.
  const { stdout } = await aptGet(
    options,
    ['-s', '--no-install-recommends', 'install', wanted],
    folder,
  );
  const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map(
    ([, name]) => /** @type {string} */ (name),
  );
  // The C library cannot be swapped under a program by a library path alone: the system's own serves.
  const needed = missing.filter((name) => !/^libc6|^libc-bin/.test(name));
  await aptGet(options, ['download', ...new Set([...needed, ...packages])], folder);
  return (await readdir(folder)).map((file) => join(folder, file));
}

/**
 * @param {Record<string, string>} options
 * @param {string[]} args
 * @param {string} cwd
 */
function aptGet(options, args, cwd) {
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return run('apt-get', [...settings, ...args], {
    cwd,
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 120_000,
  });
}

/**
 * Small scripts that find the unpacked libraries: a command is started by its path alone.
 *
 * @param {Wanted} wanted
 * @param {string} result
 * @param {string} home where `result` will be
 */
async function writeCommands({ commands, folder = 'usr/bin' }, result, home) {
  const files = await readdir(join(result, 'root'), { recursive: true, withFileTypes: true });
  const libraries = new Set(
    files.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath),
  );
  const searched = [...libraries].map((folder) => folder.replace(result, home)).join(':');
  await mkdir(join(result, 'bin'));
  for (const name of commands) {
    const script = join(result, 'bin', name);
    const program = join(home, 'root', folder, name);
    await writeFile(
      script,
      `#!/bin/sh\nexport LD_LIBRARY_PATH='${searched}'\nexec '${program}' "$@"\n`,
    );
    await chmod(script, 0o755);
  }
}

/**
 * One rename, so that nobody sees half an installation. Where another process was faster, its installation is as
 * good; where what is there is broken (perhaps that is why we are here), it is moved out of the way.
 *
 * @template Found
 * @param {string} result
 * @param {string} home
 * @param {() => Promise<Found>} probe of what is in `home`
 */
async function publish(result, home, probe) {
  try {
    await rename(result, home);
  } catch {
    await probe().catch(async () => {
      await rename(home, `${result}-replaced`);
      await rename(result, home);
    });
  }
  return probe();
}

/** @param {unknown} error what `run` rejected with */
function lastLines(error) {
  const { stderr, message } = /** @type {{ stderr?: string, message: string }} */ (error);
  return (stderr?.trim() || message).split('\n').slice(-4).join('\n');
}

/** @param {string} text */
function parseOsRelease(text) {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)="?(.*?)"?$/gm)].map(([, key, value]) => [key, value]),
  );
}
