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
  'test/chaos/core/signals.test.ts',
  'packages/session/test/cluster.test.ts',
  'test/system/packages.test.ts',
  'packages/core/test/supervisor/cluster.test.ts',
  'test/chaos/store-redis/store-redis.test.ts',
  'test/chaos/core/crash-budget.test.ts',
  'packages/store/test/conformance/redis.test.ts',
  'packages/bus/test/cluster.test.ts',
  'test/system/demo.test.ts',
  'packages/store/test/redis/sentinel.test.ts',
  'packages/core/test/supervisor/hostile-worker.test.ts',
  'packages/store/test/embedded/several-processes.test.ts',
  'packages/core/test/health/inspector.test.ts',
  'packages/core/test/sticky/sticky-crowd.test.ts',
  'packages/core/test/extensions/admin.test.ts',
  'packages/core/test/health/health.test.ts',
  'packages/core/test/worker/shutdown-code.test.ts',
  'packages/core/test/extensions/control-socket-users.test.ts',
  'packages/core/test/sticky/sticky.test.ts',
  'packages/core/test/extensions/children.test.ts',
  'packages/core/test/command/early-ends.test.ts',
  'packages/core/test/command/terminal.test.ts',
  'packages/core/test/worker/drain.test.ts',
  'test/chaos/core/bad-deploys.test.ts',
  'test/chaos/core/aborted-reloads.test.ts',
  'test/chaos/bus/blocked.test.ts',
  'packages/bus/test/conformance.test.ts',
  'packages/store/test/redis/watch.test.ts',
  'packages/store/test/locks/several-processes.test.ts',
  'packages/store/test/embedded/moved-files.test.ts',
  'packages/store/test/conformance/redis-cluster.test.ts',
  'packages/store/test/conformance/embedded.test.ts',
  'packages/core/test/process/reliable-output.test.ts',
  'test/compose/services.test.ts',
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
