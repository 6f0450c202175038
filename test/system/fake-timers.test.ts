// A test that fakes timers and clocks means its own code: every package takes its own when it is imported.
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, inject, test } from 'vitest';
import { runProgram } from '../support/program.js';
import { sourceFiles } from '../support/source-files.js';

const PACKAGES = join(import.meta.dirname, '../../packages');

/** As they stand in code: neither a property of something else, nor a name in an import. */
const FAKED =
  /(?<![.\w#])(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|clearImmediate|queueMicrotask|performance)\b(?=[.(,;)\s])|\bDate\.now\b|\bnew Date\(\)|\bprocess\.(?:hrtime|nextTick)\b/g;
const NOT_CODE = /\/\/.*|\/\*[\s\S]*?\*\/|`[^`]*`|'[^'\n]*'/g;
const IMPORTS = /import\s[\s\S]*?;/g;

/** But for those of the console's page, which run in a browser. */
async function sources(): Promise<string[]> {
  const all = (await sourceFiles(PACKAGES)).map((path) => relative(PACKAGES, path));
  const ours = all.filter((path) => /^\w+\/src\/.*\.ts$/.test(path));
  return ours.filter((path) => !/\/testing(\/|\.ts)|^console\//.test(path));
}

test('no package asks for a global timer or clock when it needs one', async () => {
  const asked: string[] = [];
  for (const path of await sources()) {
    if (path === 'codec/src/timers.ts') continue;
    const code = (await readFile(join(PACKAGES, path), 'utf8')).replace(NOT_CODE, '');
    const imported = code.match(IMPORTS)?.join(' ') ?? '';
    for (const [name] of code.replace(IMPORTS, '').matchAll(FAKED)) {
      if (!new RegExp(`\\b${name}\\b`).test(imported)) asked.push(`${path}: ${name}`);
    }
  }
  expect(asked).toEqual([]);
});

test.each(['embedded', 'redis', 'memory'])(
  'a store, sessions in it and a bus go on where all of them are faked: %s',
  async (engine) => {
    const env = { ENGINE: engine, TEST_REDIS_URL: inject('redisUrl') };
    const program = runProgram(new URL('fixtures/under-fake-timers.js', import.meta.url), { env });
    expect(await program.exited, program.output()).toMatchObject({ code: 0 });
    expect(program.output()).toBe('all of it\n');
  },
);

test('a cluster goes on where its primary and its workers fake all of them: it serves, reloads and stops', async () => {
  const program = runProgram(new URL('fixtures/cluster-under-fake-timers.js', import.meta.url));
  expect(await program.exited, program.output()).toMatchObject({ code: 0 });
  expect(program.output()).toContain('all of it\n');
});
