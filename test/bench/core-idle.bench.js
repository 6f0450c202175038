/**
 * What a cluster costs that does nothing: processor time and wake-ups, which on Linux the kernel counts for each process and
 * thread (/proc/<pid>/stat and /proc/<pid>/task/<tid>/status, `voluntary_ctxt_switches`). Linux only.
 */
// @ts-check
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from './core/clusters.js';

const WORKERS = 64;
/** Milliseconds after the start, by which everything is loaded, and for which is measured. */
const SETTLED_MS = 30_000;
const MEASURED_MS = 30_000;

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  if (process.platform !== 'linux') {
    report.section('idle: only Linux counts wake-ups');
    return;
  }
  report.section(
    `${WORKERS} workers that do nothing, and their primary, over ${MEASURED_MS / 1_000} s`,
  );
  for (const { what, file } of [
    { what: 'ours', file: 'muster-module.js' },
    { what: 'bare', file: 'bare-cluster.js' },
  ]) {
    const cluster = await startCluster(file, WORKERS);
    try {
      await sleep(SETTLED_MS);
      const workers = workersOf(cluster.pid);
      const before = [cluster.pid, ...workers].map(use);
      await sleep(MEASURED_MS);
      const after = [cluster.pid, ...workers].map(use);
      const spent = after.map(({ cpuMs }, i) => cpuMs - (before[i]?.cpuMs ?? 0));
      const woken = after.map(({ wakeUps }, i) => wakeUps - (before[i]?.wakeUps ?? 0));
      const sum = (/** @type {number[]} */ of) => of.reduce((all, one) => all + one, 0);
      const perSecond = (/** @type {number} */ of) => (of * 1_000) / MEASURED_MS;
      const cpu = (100 * sum(spent)) / MEASURED_MS;
      report.row({ what: `${what}: of one core, all together`, value: cpu, unit: '%' });
      report.row({
        what: `${what}: wake-ups of a worker, all its threads`,
        value: perSecond(sum(woken.slice(1)) / workers.length),
        unit: '/s',
        note: `primary ${perSecond(woken[0] ?? 0).toFixed(1)}/s`,
      });
    } finally {
      await cluster.stop();
    }
  }
}

/** Its children that are Node. @param {number} pid */
function workersOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/comm`, 'utf8').match(/^(node|muster)/));
}

/** @param {number} pid */
function use(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) =>
    readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8'),
  );
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND,
    wakeUps: threads.reduce(
      (all, text) => all + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]),
      0,
    ),
  };
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
