// The admin endpoint as an extension: `/healthz`, `/readyz`, `/status` and `/metrics`, and the console if there is one.

import type { AnyEvents } from '@muster/bus';
import { createControlBus } from '@muster/bus/cluster';
import type { Complete } from '@muster/codec/options';
import type { AdminOptions } from '../../cluster-options.js';
import type { Console } from '../console/console.js';
import type { Extension, Supervision } from '../extension.js';
import type { Health } from '../health/health.js';
import type { PrimaryStore } from '../locks/primary-store.js';
import { loadQueues } from '../locks/read-queues.js';
import { type AdminServer, openAdminServer, type Page } from './admin-server.js';
import { hostCheck } from './host-check.js';
import { CONTENT_TYPE, exposition } from './metrics/exposition.js';
import { gauge } from './metrics/metric-builders.js';
import type { MetricsCalls } from './metrics/metrics-call.js';
import { queueMetrics } from './metrics/queue-metrics.js';
import { supervisorMetrics } from './metrics/supervisor-metrics.js';
import { WorkerMetricsSource } from './metrics/worker-metrics.js';
import { readiness } from './readiness.js';

export function createAdmin(
  options: Complete<Omit<AdminOptions, 'console'>>,
  health: Health,
  store: PrimaryStore,
  console: Console | undefined,
): Extension {
  const bus = createControlBus<AnyEvents, MetricsCalls>();
  const source = new WorkerMetricsSource(bus);
  const reloads = { ok: 0, failed: 0 };
  let server: AdminServer | undefined;
  let scrape: Promise<Page> | undefined;

  const metrics = async ({ cluster }: Supervision): Promise<Page> => {
    const status = cluster.status();
    const ready = status.workers.filter(({ state }) => state === 'ready').map(({ slot }) => slot);
    const [workers, queues] = await Promise.all([
      source.collect([...new Set(ready)]),
      queueMetrics(store),
    ]);
    const { user, system } = process.cpuUsage();
    const own = supervisorMetrics({
      status,
      replaced: health.replaced,
      totals: health.totals,
      reloads,
      bus: bus.stats(),
      primary: { rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 },
    });
    const told = gauge('muster_scrape_workers', 'Workers whose metrics are here, or not.', [
      [workers.answered, { outcome: 'answered' }],
      [workers.silent, { outcome: 'silent' }],
    ]);
    const body = exposition([...own, told, ...queues, ...workers.metrics]);
    return { status: 200, type: CONTENT_TYPE, body };
  };

  return {
    name: 'admin',

    async start(supervision) {
      const { cluster, log } = supervision;
      cluster.on('reloadEnd', ({ error }) => {
        reloads[error === undefined ? 'ok' : 'failed'] += 1;
      });
      const answersTo = hostCheck([options.host, ...options.allowedHosts]);
      const pages = {
        '/healthz': () => text(200, 'ok\n'),
        '/readyz': () => {
          const { ready, text: say } = readiness(cluster.status(), options.readyQuorum);
          return text(ready ? 200 : 503, `${say}\n`);
        },
        '/status': () => ({
          status: 200,
          type: 'application/json; charset=utf-8',
          body: `${JSON.stringify(cluster.status(), undefined, 2)}\n`,
        }),
        // Requests that overlap share one answer.
        '/metrics': () => {
          scrape ??= metrics(supervision).finally(() => {
            scrape = undefined;
          });
          return scrape;
        },
      };
      await console?.start(supervision);
      server = await openAdminServer(options, pages, answersTo, console?.serve);
      const { address } = server;
      log.info('admin.listening', `The admin endpoint is ${address}.`, { address });
      console?.opened(address, log);
    },

    preload: () => Promise.all([loadQueues(), console?.preload()]),
    forkSettings: () => ({ env: { MUSTER_METRICS: '1' } }),
    workerExited: (exit) => source.workerExited(exit),

    async stopped() {
      console?.close();
      await server?.close();
      await bus.close();
    },
  };
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}
