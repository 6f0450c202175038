// The order of test files: those that take longest first, so that the run does not end with one of them alone. vitest
// knows how long a file took only where it has run before; without that it goes by the size of the file, which says little.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BaseSequencer } from 'vitest/node';

const root = join(import.meta.dirname, '../..');

/** The slowest first. All others come after them, in vitest's own order. */
const SLOW = [
  'packages/core/test/command/muster.test.ts',
  'test/system/guide/command.test.ts',
  'packages/session/test/cluster.test.ts',
  'test/system/packages.test.ts',
  'packages/store/test/embedded/several-processes.test.ts',
  'test/chaos/core/signals.test.ts',
  'packages/bus/test/conformance.test.ts',
  'test/system/site.test.ts',
  'test/system/guide/testing.test.ts',
  'test/system/tutorial/tutorial.test.ts',
  'test/system/troubleshooting.test.ts',
  'test/system/moving/bullmq.test.ts',
  'test/chaos/store-redis/store-redis.test.ts',
  'test/chaos/queue/queue.test.ts',
  'test/chaos/queue/redis.test.ts',
  'packages/core/test/supervisor/hostile-worker.test.ts',
  'packages/core/test/supervisor/cluster.test.ts',
  'packages/bus/test/cluster.test.ts',
  'packages/testing/test/program.test.ts',
  'packages/store/test/conformance/redis.test.ts',
  'packages/core/test/health/inspector.test.ts',
  'packages/adapters/test/socket.io/cluster.test.ts',
  'test/system/demo.test.ts',
  'packages/store/test/redis/watch.test.ts',
  'test/chaos/core/bad-deploys.test.ts',
  'packages/core/test/worker/drain.test.ts',
  'packages/core/test/command/store.test.ts',
  'packages/core/test/worker/shutdown-code.test.ts',
  'packages/core/test/extensions/control-socket-users.test.ts',
  'packages/core/test/sticky/sticky-crowd.test.ts',
  'packages/store/test/redis/sentinel.test.ts',
  'packages/core/test/extensions/children.test.ts',
  'packages/core/test/health/hostile-debugger.test.ts',
  'test/chaos/core/crash-budget.test.ts',
  'test/chaos/bus/blocked.test.ts',
  'packages/core/test/supervisor/slot-state-machine.test.ts',
  'packages/core/test/health/health.test.ts',
  'packages/core/test/extensions/admin.test.ts',
  'packages/core/test/sticky/sticky.test.ts',
  'packages/core/test/process/reliable-output.test.ts',
  'packages/store/test/locks/several-processes.test.ts',
  'packages/core/test/command/terminal.test.ts',
  'test/compose/services.test.ts',
  'packages/session/test/scripts.test.ts',
  'packages/core/test/supervisor/hostile-bus.test.ts',
  'packages/core/test/command/linked-folder.test.ts',
  'packages/core/test/extensions/unix-sockets.test.ts',
  'packages/store/test/conformance/redis-cluster.test.ts',
  'packages/core/test/supervisor/addresses.test.ts',
  'test/system/browser.test.ts',
  'test/system/demo-topologies.test.ts',
  'packages/core/test/command/early-ends.test.ts',
  'packages/store/test/embedded/moved-files.test.ts',
  'packages/core/test/worker/long-lived.test.ts',
  'packages/store/test/redis/broken-connections.test.ts',
  'packages/store/test/conformance/embedded.test.ts',
  'test/chaos/store-iteration/store-iteration.test.ts',
  'packages/store/test/conformance/memory.test.ts',
  'packages/core/test/supervisor/load.test.ts',
  'packages/core/test/worker/ready-auto.test.ts',
  'packages/store/test/embedded/sweep.test.ts',
  'packages/core/test/supervisor/roles.test.ts',
  'packages/core/test/autoscale/follows-load.test.ts',
  'test/chaos/store-history/store-history.test.ts',
  'packages/store/test/redis/cluster.test.ts',
  'test/chaos/core/aborted-reloads.test.ts',
  'packages/core/test/health/stack-capture.test.ts',
  'packages/core/test/extensions/control-socket.test.ts',
  'packages/core/test/worker/late-server.test.ts',
  'packages/store/test/redis/locks.test.ts',
  'packages/session/test/unavailable.test.ts',
  'packages/bus/test/delivery.test.ts',
  'packages/core/test/worker/main-module.test.ts',
  'packages/store/test/care/backup.test.ts',
  'packages/core/test/process/no-warnings.test.ts',
  'test/system/docs.test.ts',
  'packages/core/test/extensions/guardian.test.ts',
].map((path) => join(root, path));

const missing = SLOW.filter((path) => !existsSync(path));
if (missing.length > 0) throw new Error(`slow-first.js names what is not there: ${missing}`);

export class SlowFirst extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const rank = (/** @type {{ moduleId: string }} */ { moduleId }) => {
      const place = SLOW.indexOf(moduleId);
      return place < 0 ? SLOW.length : place;
    };
    const others = await super.sort(files);
    return others.sort((one, other) => rank(one) - rank(other));
  }
}
