import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

const LATE = `await new Promise((resolve) => setTimeout(resolve, 20));
console.log('main: ' + (import.meta.main ?? 'unknown'), process.argv[1]);`;
const COMMON = "console.log('main: ' + (require.main === module), process.argv[1])";

/** One per way in which Node tells what kind of module a file is. */
const FILES: Record<string, string> = {
  'commonjs/app.js': COMMON,
  'commonjs/app.cjs': COMMON,
  'commonjs/app': COMMON,
  'commonjs/syntax.js': `import 'node:fs';\n${LATE}`,
  'module/package.json': '{ "type": "module" }',
  'module/app.js': LATE,
  'module/deep/app.js': LATE,
  'module/app.cjs': COMMON,
  'module/commonjs/package.json': '{ "name": "of-its-own" }',
  'module/commonjs/app.js': COMMON,
  'commonjs/app.mjs': LATE,
  'preload.mjs': 'await new Promise((resolve) => setTimeout(resolve, 20));',
  'module/throws.js': "await 0; throw new Error('it threw')",
  'commonjs/throws.js': "throw new Error('it threw')",
};
const PLAIN = Object.keys(FILES).filter((file) => /app|syntax/.test(file));

/** What only runs with tsx: types, of either kind of module. */
const TYPED: Record<string, string> = {
  'module/app.ts': `const kind: string = 'typed';\n${LATE}`,
  'module/early.ts': `const kind: string = 'typed';\n${LATE.replace(/^.*\n/, '')}`,
  'commonjs/app.mts': `const kind: string = 'typed';\n${LATE}`,
  'commonjs/app.ts': `const kind: string = 'typed';\n${COMMON}`,
  'module/app.cts': `const kind: string = 'typed';\n${COMMON}`,
};
const TSX = `--import ${import.meta.resolve('tsx')}`;

/** What is no JavaScript until hooks for ES modules have loaded it, as those of swc, ts-node or an APM agent do. */
const HOOKED: Record<string, string> = {
  'commonjs/app.hooked': `not JavaScript\n${COMMON}`,
  'register.mjs': `import { register } from 'node:module';
register('./hooks.mjs', import.meta.url);`,
  'hooks.mjs': `import { readFileSync } from 'node:fs';
export function load(url, context, next) {
  if (!url.endsWith('.hooked')) return next(url, context);
  const source = String(readFileSync(new URL(url))).replace('not JavaScript', '');
  return { format: 'commonjs', source, shortCircuit: true };
}`,
};
// Node 26 warns that register() is deprecated.
const HOOKS = '--no-deprecation --import ./register.mjs';

/** From the folder of the files. */
const PRELOAD = '--import ./preload.mjs';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-main-'));
  for (const [file, code] of Object.entries({ ...FILES, ...TYPED, ...HOOKED })) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), code);
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** In a process of its own: there is one main module in each. */
async function load(file: string, nodeOptions = '') {
  const runner = join(import.meta.dirname, '../fixtures/load-main.js');
  const env = { FILE: join(folder, file), NODE_OPTIONS: nodeOptions };
  await using program = runProgram(runner, { env, cwd: folder });
  const { code } = await program.exited;
  return { output: program.output(), code };
}

describe('the module of a worker', () => {
  it.each([
    ...PLAIN.map((file) => ({ file, beside: 'nothing', options: '' })),
    // With tsx, Node does not try the syntax of the other kind.
    ...PLAIN.filter((file) => !file.includes('syntax')).map((file) => ({
      file,
      beside: 'tsx',
      options: TSX,
    })),
    ...PLAIN.map((file) => ({ file, beside: 'a preload', options: PRELOAD })),
    ...Object.keys(TYPED).map((file) => ({ file, beside: 'tsx', options: TSX })),
    ...PLAIN.map((file) => ({ file, beside: 'hooks', options: HOOKS })),
    { file: 'commonjs/app.hooked', beside: 'hooks that load it', options: HOOKS },
  ])(
    'is the main module where it is $file beside $beside, runs once and to its end',
    async ({ file, options }) => {
      const { output, code } = await load(file, options);
      const isCommon = (FILES[file] ?? TYPED[file] ?? HOOKED[file])?.includes('require.main');
      // Node tells ES modules whether they are the main one since version 24.2.
      const main = isCommon ? 'true' : '(true|unknown)';
      expect(output).toMatch(new RegExp(`^main: ${main} ${join(folder, file)}\nloaded\n$`));
      expect(code).toBe(0);
    },
  );

  it.each([
    ['module/throws.js', ''],
    ['commonjs/throws.js', ''],
    ['module/throws.js', PRELOAD],
    ['commonjs/throws.js', PRELOAD],
    ['commonjs/throws.js', HOOKS],
  ])('ends the process where %s, with the options %j', async (file, options) => {
    const { output, code } = await load(file, options);
    expect(output.match(/^Error: it threw$/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });
});
