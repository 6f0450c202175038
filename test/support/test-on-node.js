// Runs tests on other versions of Node, from npm. `pnpm test:node 22 24` runs what forks processes, on 24 if no version is named;
// `pnpm test:matrix 22` (`--full`) runs every test, on each version that Muster supports if none is named.
// The tests fork `process.execPath`: what they start is of that version, too.
// @ts-check
import { spawnSync } from 'node:child_process';

const VITEST = 'node_modules/vitest/vitest.mjs';

/** What Node maintains from the oldest that Muster runs on, and the newest. */
const SUPPORTED = ['20', '22', '24', '26'];

/** What Node's own versions differ in: the supervision of processes, the messages between them, its inspector, TypeScript. */
const TESTS = [
  'packages/bus/test/cluster.test.ts',
  'packages/core/test/captures/captures.test.ts',
  'packages/core/test/command/config.test.ts',
  'packages/core/test/extensions/unix-sockets.test.ts',
  'packages/core/test/supervisor/cluster.test.ts',
  'packages/core/test/worker/drain.test.ts',
  'packages/core/test/health/health.test.ts',
  'packages/core/test/supervisor/listens.test.ts',
];

const asked = process.argv.slice(2);
const isFull = asked.includes('--full');
const named = asked.filter((each) => each !== '--full');
const versions = named.length > 0 ? named : isFull ? SUPPORTED : ['24'];
const failed = versions.filter((version) => {
  const node = ['-y', `node@${version}`];
  spawnSync('npx', [...node, '-p', 'process.version'], { stdio: 'inherit' });
  const args = [...node, VITEST, 'run', ...(isFull ? [] : TESTS)];
  return spawnSync('npx', args, { stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(' and ')}`);
  process.exitCode = 1;
}
