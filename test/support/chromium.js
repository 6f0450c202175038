// The browser of the tests: the machine's own, else one that comes as an npm package (playwright-core brings none).
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { defaultCacheFolder } from './cache-folder.js';

/** As in package.json: the last one whose own engines include Node 20. */
const PACKED_VERSION = '147.0.0';

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * A headless browser that talks to this machine and to nothing else. Whoever asks closes it.
 *
 * @param {readonly string[]} [args] further ones
 */
export async function launchChromium(args = []) {
  const own = PLACES.find((place) => place && existsSync(place));
  return chromium.launch({
    executablePath: own ?? (await packagedChromium()),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
      // The packaged one is a headless shell without the helper processes of a desktop's.
      ...(own ? [] : ['--no-zygote', '--headless=shell']),
    ],
  });
}

/** Unpacks it once a user. It is built for Linux on x64, and uses the machine's libraries (libnss3 and others). */
async function packagedChromium() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'There is no Chromium on this machine, and none comes as a package for it; install it, or set CHROMIUM_PATH.',
    );
  }
  const { default: packed } = await import('@sparticuz/chromium');
  const folder = await defaultCacheFolder('chromium');
  const kept = join(folder, `chromium-${PACKED_VERSION}`);
  if (existsSync(kept)) return kept;
  // The package unpacks to a fixed name in the temp folder, where another run, or another user, may be at it.
  const unpacking = join(folder, `unpacking-${process.pid}`);
  await mkdir(unpacking, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = unpacking;
  try {
    await rename(await packed.executablePath(), kept);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rm(unpacking, { recursive: true, force: true });
  }
  return kept;
}
