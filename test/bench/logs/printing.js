// A cluster of one worker, which prints lines of 100 bytes at the rate that it is given. Its primary tells what that took.
// @ts-check
import cluster from 'node:cluster';
import { setTimeout } from 'node:timers';
import { startCluster } from '@muster/core/cluster';

const { LOGS, RATE, LASTS_MS } = process.env;
const rate = Number(RATE);
const lastsMs = Number(LASTS_MS);
const line = 'x'.repeat(99);

if (cluster.isPrimary) {
  /** @type {NodeJS.CpuUsage} */
  let before;
  cluster.on('message', (_worker, { say, ms }) => {
    if (say === 'begins') before = process.cpuUsage();
    if (say !== 'ends') return;
    const { user, system } = process.cpuUsage(before);
    process.send?.({ percent: (user + system) / 10 / ms, ms });
  });
}
await startCluster({
  workers: 1,
  control: false,
  ready: 'online',
  logs: /** @type {'keep'} */ (LOGS),
  worker: print,
});

function print() {
  setTimeout(() => {
    const begun = performance.now();
    let printed = 0;
    process.send?.({ say: 'begins' });
    const go = () => {
      const passed = performance.now() - begun;
      const due = Math.floor((Math.min(passed, lastsMs) * rate) / 1_000);
      for (; printed < due; printed++) console.log(line);
      if (passed < lastsMs) setTimeout(go, 2);
      else process.send?.({ say: 'ends', ms: performance.now() - begun });
    };
    go();
  }, 500);
}
