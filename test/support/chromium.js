// The browser of the tests: the machine's own Chromium, since playwright-core brings none.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** @type {string | undefined} */
export const chromiumPath = PLACES.find((place) => place && existsSync(place));

/** Why browser tests cannot run here. */
export const noChromium =
  'there is no Chromium on this machine; install it (Debian: apt-get install chromium) or set CHROMIUM_PATH';

/** A headless browser that talks to this machine and to nothing else. Whoever asks closes it. */
export function launchChromium() {
  return chromium.launch({
    executablePath: /** @type {string} */ (chromiumPath),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
