// Compiles blocks of code as they are printed, all in one run of tsc, each as a file of its own.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CodeBlock } from '../../support/code-blocks.js';
import { GIVEN, givenTo } from './given.js';

const root = join(import.meta.dirname, '../../..');

/** Whose packages the blocks may import, as if they were installed; of two versions, that of the folder named first. */
const INSTALLED = [
  'docs/examples',
  'packages/core',
  'packages/store',
  'packages/adapters',
  'packages/session',
  '.',
];

const OPTIONS = {
  module: 'nodenext',
  moduleDetection: 'force',
  target: 'es2022',
  // What Node 20 has, and `await using` for TypeScript.
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  allowJs: true,
  checkJs: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  jsx: 'react-jsx',
  skipLibCheck: true,
  noEmit: true,
};

/** What tsc says of the blocks, `page:line: error TS…`, with lines of the page. */
export async function compile(blocks: readonly CodeBlock[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mu-blocks-'));
  try {
    const pages = new Map<string, string>();
    for (const block of blocks) await write(folder, block, pages);
    await cp(GIVEN, join(folder, 'given'), { recursive: true });
    await install(folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { ...OPTIONS, rootDirs: stepsIn(pages) };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const said = (await tsc(folder)).map((line) =>
      line.replace(/^(\S+?)\((\d+),\d+\)/, (_, file: string, number: string) =>
        [pages.get(file) ?? `test/system/blocks/${file}`, number].join(':'),
      ),
    );
    // As JavaScript and as TypeScript it may be the same.
    return [...new Set(said)].sort(new Intl.Collator('en', { numeric: true }).compare);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A block whose first line is `// server.js` has that name, and others of its page can import it. Each line has the number that
 * it has on the page. What is JavaScript without a type in a comment is written a second time, as TypeScript.
 */
async function write(folder: string, block: CodeBlock, pages: Map<string, string>): Promise<void> {
  const { page, line, language, code, mark } = block;
  const isCommonJs = /\brequire\(/.test(code);
  const named = /^\/\/ ([\w./-]+\.[cm]?[jt]sx?)\b/.exec(code)?.[1];
  const ending = isCommonJs ? language.replace(/^[jt]s$/, 'c$&') : language;
  const files = [named ?? `line-${line}.${ending}`];
  const isTyped = /@(type|param|import)\b/.test(code);
  if (ending === 'js' && !isTyped && mark === undefined)
    files.push(`line-${line}.as-typescript.ts`);
  for (const name of files) {
    const file = join('pages', page.replace(/\.md$/, ''), name);
    if (pages.has(file)) throw new Error(`${page}:${line}: there is a ${name} above it`);
    pages.set(file, page);
    const given = isCommonJs ? '' : await givenTo(block, file);
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${'\n'.repeat(line - 2)}${given}\n${code}`);
  }
}

/** The folders of the tutorial's pages: what a page does not have itself, one before it has written. */
function stepsIn(pages: ReadonlyMap<string, string>): string[] {
  const steps = [...pages].filter(([, page]) => page.startsWith('docs/tutorial/'));
  return [...new Set(steps.map(([file]) => dirname(file)))];
}

async function install(folder: string): Promise<void> {
  const installed = new Set<string>();
  for (const place of INSTALLED) {
    const modules = join(root, place, 'node_modules');
    for (const entry of await readdir(modules)) {
      if (entry.startsWith('.')) continue;
      const scoped = entry.startsWith('@') ? await readdir(join(modules, entry)) : undefined;
      for (const name of scoped?.map((each) => `${entry}/${each}`) ?? [entry]) {
        if (installed.has(name)) continue;
        installed.add(name);
        const link = join(folder, 'node_modules', name);
        await mkdir(dirname(link), { recursive: true });
        await symlink(join(modules, name), link);
      }
    }
  }
}

function tsc(folder: string): Promise<string[]> {
  const program = join(root, 'node_modules/.bin/tsc');
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(program, ['--pretty', 'false'], options, (error, stdout) => {
      // It exits with 1 or 2 where it has found something to say.
      if (error && typeof error.code !== 'number') reject(error);
      // What is indented says more of the line above it.
      else resolve(stdout.split(/\n(?! |$)/).filter((line) => line !== ''));
    });
  });
}
