// Runs what forks processes on other versions of Node, from npm: `pnpm test:node`, or `pnpm test:node 22 24`.
// The tests fork `process.execPath`: what they start is of that version, too.
// @ts-check
import { spawnSync } from 'node:child_process';

const VITEST = 'node_modules/vitest/vitest.mjs';

/** The supervision of processes, the messages between them, and TypeScript: what Node's own versions differ in. */
const TESTS = [
  'packages/bus/test/cluster.test.ts',
  'packages/core/test/command/config.test.ts',
  'packages/core/test/supervisor/cluster.test.ts',
  'packages/core/test/worker/drain.test.ts',
  'packages/core/test/health/health.test.ts',
  'packages/core/test/supervisor/listens.test.ts',
];

const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : ['24'];
for (const version of versions) {
  const node = ['-y', `node@${version}`];
  spawnSync('npx', [...node, '-p', 'process.version'], { stdio: 'inherit' });
  const { status } = spawnSync('npx', [...node, VITEST, 'run', ...TESTS], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
