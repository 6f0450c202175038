// Runs the benches: `pnpm bench` all of them, `pnpm bench codec store` those. Each file runs in a process of
// its own, one after the other, so that none sees the heap and the compiled code of another.
//
// A bench is a file test/bench/<name>.bench.js with one export,
//
//   export default async function (report) { … }
//
// that measures with `interleaved` of measure.js, or in its own way, and tells what it found:
//
//   report.section('get, 1 KB values');
//   report.compare({ what: 'one by one', ours: 12, baseline: 100, unit: 'µs', target: { atLeast: 5 } });
//   report.row({ what: 'CPU of the primary', value: 31, unit: '%' });
//
// report.js says what they mean. A target that is missed is printed and fails nothing, as machines are noisy;
// the exit code is 1 only where a bench threw.
// @ts-check

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundleAll } from '../support/bundle.js';
import { createReport } from './report.js';

const SUFFIX = '.bench.js';

const known = (await readdir(new URL('.', import.meta.url)))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const asked = argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No bench ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  exit(1);
}

const names = asked.length > 0 ? asked : known;
// After `tsc -b` alone it would measure the code of before.
await bundleAll();
const [only] = names;
if (only !== undefined && names.length === 1) await runHere(only);
else for (const name of names) await runInProcess(name);

/** @param {string} name */
async function runHere(name) {
  const { default: bench } = await import(`./${name}${SUFFIX}`);
  if (typeof bench !== 'function') throw new Error(`${name}${SUFFIX} has no default function`);
  const report = createReport((line) => console.log(line));
  report.title(name);
  await bench(report);
  report.end();
}

/** @param {string} name */
async function runInProcess(name) {
  const child = spawn(execPath, [fileURLToPath(import.meta.url), name], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
