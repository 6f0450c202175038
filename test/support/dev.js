// `pnpm dev [test file…]`: builds whatever changes, and after each build without errors runs these tests again. Ends with
// Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleAll } from './bundle.js';

const ROOT = join(import.meta.dirname, '../..');
const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules/.bin', name);
const files = process.argv.slice(2);

const compiler = spawn(bin('tsc'), ['-b', '--watch', '--preserveWatchOutput'], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
  // It is a script that starts the compiler: both are ended.
  detached: true,
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => process.kill(-Number(compiler.pid), signal));
}

for await (const line of createInterface(compiler.stdout)) {
  console.log(line);
  if (line.includes('Found 0 errors')) await tested();
}

async function tested() {
  await bundleAll();
  console.log('bundled');
  if (files.length === 0) return;
  const tests = spawn(bin('vitest'), ['run', ...files], { cwd: ROOT, stdio: 'inherit' });
  await once(tests, 'exit');
}
