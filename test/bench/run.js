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
// `--json <folder>` also writes what each bench told, and on which machine, to <folder>/<name>.json. `pnpm format` draws the
// pictures and tables of docs/benchmarks.md from those in docs/benchmarks.
//
// report.js says what they mean. A target that is missed is printed and fails nothing, as machines are noisy;
// the exit code is 1 only where a bench threw.
// @ts-check

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { arch, execPath, exit, platform, versions } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleAll } from '../support/bundle.js';
import { createReport } from './report.js';

const SUFFIX = '.bench.js';

const known = (await readdir(new URL('.', import.meta.url)))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const { positionals: asked, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
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
  const conditions = {
    date: new Date().toISOString().slice(0, 10),
    node: versions.node,
    machine: `${availableParallelism()} cores (${cpus()[0]?.model}), ${platform} ${arch}`,
    load: Number(loadavg()[0]?.toFixed(1)),
  };
  report.title(name);
  await bench(report);
  report.end();
  if (values.json === undefined) return;
  await mkdir(values.json, { recursive: true });
  const told = { bench: name, ...conditions, sections: report.sections };
  await writeFile(join(values.json, `${name}.json`), `${JSON.stringify(told, null, 2)}\n`);
}

/** @param {string} name */
async function runInProcess(name) {
  const args = [
    fileURLToPath(import.meta.url),
    name,
    ...(values.json ? ['--json', values.json] : []),
  ];
  const child = spawn(execPath, args, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
