/**
 * What a cluster costs that does nothing: processor time and wake-ups, which on Linux the kernel counts for each process and
 * thread (/proc/<pid>/task/<tid>: `schedstat`, in nanoseconds, and `voluntary_ctxt_switches` of `status`). Linux only.
 */
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from './core/clusters.js';

const WORKERS = 64;
/** Milliseconds after the start, by which V8 has tidied up after it, and for which is measured. */
const SETTLED_MS = 90_000;
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
      const primary = (100 * (spent[0] ?? 0)) / MEASURED_MS;
      report.row({
        what: `${what}: of one core, all together`,
        value: cpu,
        unit: '%',
        note: `primary ${primary.toFixed(2)} %`,
      });
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

/** Of all its threads so far. @param {number} pid */
function use(pid) {
  const used = { cpuMs: 0, wakeUps: 0 };
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const [ran] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
    used.cpuMs += Number(ran) / 1e6;
    used.wakeUps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }
  return used;
}
