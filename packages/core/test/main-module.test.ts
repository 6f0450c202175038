import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../test/support/program.js';

const LATE = `await new Promise((resolve) => setTimeout(resolve, 20));
console.log('main: ' + (import.meta.main ?? 'unknown'), process.argv[1]);`;

/** One per way in which Node tells what kind of module a file is. */
const FILES: Record<string, string> = {
  'commonjs/app.js': "console.log('main: ' + (require.main === module), process.argv[1])",
  'commonjs/app.cjs': "console.log('main: ' + (require.main === module), process.argv[1])",
  'commonjs/app': "console.log('main: ' + (require.main === module), process.argv[1])",
  'commonjs/syntax.js': `import 'node:fs';\n${LATE}`,
  'module/package.json': '{ "type": "module" }',
  'module/app.js': LATE,
  'commonjs/app.mjs': LATE,
  'module/throws.js': "await 0; throw new Error('it threw')",
  'commonjs/throws.js': "throw new Error('it threw')",
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-main-'));
  for (const [file, code] of Object.entries(FILES)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), code);
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** In a process of its own: there is one main module in each. */
async function load(file: string): Promise<{ output: string; code: number | null }> {
  const runner = join(import.meta.dirname, 'fixtures/load-main.js');
  await using program = runProgram(runner, { env: { FILE: join(folder, file) } });
  const { code } = await program.exited;
  return { output: program.output(), code };
}

describe('the module of a worker', () => {
  it.each(Object.keys(FILES).filter((file) => file.includes('app') || file.includes('syntax')))(
    'is the main module where it is %s, runs once and to its end',
    async (file) => {
      const { output, code } = await load(file);
      // Node tells ES modules whether they are the main one since version 24.2.
      const main = file.includes('mjs') || file.match(/syntax|^module/) ? /(true|unknown)/ : /true/;
      expect(output).toMatch(new RegExp(`^main: ${main.source} ${join(folder, file)}\nloaded\n$`));
      expect(code).toBe(0);
    },
  );

  it.each(['module/throws.js', 'commonjs/throws.js'])('ends the process where %s', async (file) => {
    const { output, code } = await load(file);
    expect(output).toContain('Error: it threw');
    expect(code).toBe(1);
  });
});
