import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultsOfImports } from '../support/check-imports.js';

describe('pnpm check:imports', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-imports-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function faultsIn(files: Record<string, string>): Promise<string[]> {
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    return faultsOfImports(folder);
  }

  it('finds nothing in sources whose imports point one way', async () => {
    const faults = await faultsIn({
      'store/src/index.ts': "export * from './engine.js';\nexport * from './open/store.js';\n",
      'store/src/open/store.ts': "const open = () => import('../redis/engine.js');\n",
      'store/src/redis/engine.ts':
        "// Not import('../open/store.js').\nimport type { Engine } from '../engine.js';\n",
      'store/src/engine.ts': "import { shown } from '@muster/codec/options';\n",
    });
    expect(faults).toEqual([]);
  });

  it('finds a circle, also one of types and of what is loaded later', async () => {
    const faults = await faultsIn({
      'bus/src/a.ts': "import type {\n  B,\n} from './inner/b.js';\n",
      'bus/src/inner/b.ts': "export { c } from '../c.js';\n",
      'bus/src/c.ts': "export async function c() {\n  await import('./a.js');\n}\n",
    });
    expect(faults).toHaveLength(1);
    for (const file of ['bus/src/a.ts', 'bus/src/inner/b.ts', 'bus/src/c.ts']) {
      expect(faults[0]).toContain(file);
    }
  });

  it.each([
    ['store/src/view.ts', "import { createBus } from '@muster/bus';\n", 'store stands below it'],
    [
      'codec/src/text.ts',
      "import type { A } from '@muster/store/care';\n",
      'codec stands below it',
    ],
    [
      'store/src/embedded/lmdb/writer.ts',
      "import type { A } from '../../open/shared-store.js';\n",
      'engines do not import from what opens them',
    ],
    [
      'store/src/redis/engine.ts',
      "import { A } from '../embedded/turn.js';\n",
      'an engine knows no other one',
    ],
    [
      'store/src/locks/lock.ts',
      "export { A } from '../redis/engine.js';\n",
      'features know neither the engines nor what opens them',
    ],
    [
      'session/src/saving/session-writer.ts',
      "import { A } from '../koa/koa.js';\n",
      'what all frameworks share knows none of them',
    ],
    [
      'session/src/koa/koa.ts',
      "import { A } from '../express/express.js';\n",
      'a framework knows no other one',
    ],
    [
      'store/src/locks/lock.ts',
      "import type { View } from '../values/view.js';\n",
      'a room imports only from those below it',
    ],
    [
      'session/src/expiry/expiry.ts',
      "import type { Format } from '../formats/format.js';\n",
      'a room imports only from those below it',
    ],
    [
      'core/src/extensions/admin/admin.ts',
      "import type { A } from '../../supervisor/supervisor.js';\n",
      'an extension knows nothing of the supervisor',
    ],
    [
      'core/src/worker/drain/drain.ts',
      "import { A } from '../../supervisor/log.js';\n",
      'a worker loads no supervisor',
    ],
    [
      'core/src/supervisor/process/fork.ts',
      "import type { A } from '../slot/slot.js';\n",
      'a room imports only from those below it',
    ],
  ])('finds the wrong direction of an import in %s', async (path, source, rule) => {
    const faults = await faultsIn({ [path]: source });
    expect(faults).toEqual([expect.stringContaining(rule)]);
    expect(faults[0]).toContain(path);
  });
});
