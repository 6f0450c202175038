// Builds the page into `static`, unless it is there already and nothing that goes into it has changed.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const folder = import.meta.dirname;
/** What the last build was made of. It is not packed. */
const STAMP = join(folder, '.build/page.hash');
/** Those whose version decides what is built. */
const LIBRARIES = ['preact', '@preact/signals', 'uplot', 'vite'];

export async function buildConsole() {
  const stamp = await stampOfSources();
  if ((await lastStamp()) === stamp) return;
  const { build } = await import('vite');
  await build({ root: folder, configFile: join(folder, 'vite.config.ts') });
  await mkdir(dirname(STAMP), { recursive: true });
  await writeFile(STAMP, stamp);
}

async function stampOfSources() {
  const hash = createHash('sha256');
  const entries = await readdir(join(folder, 'src'), { recursive: true, withFileTypes: true });
  const files = [
    ...['index.html', 'package.json', 'vite.config.ts', 'tsconfig.page.json'].map((name) =>
      join(folder, name),
    ),
    ...entries.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name)),
    ...LIBRARIES.map((name) => join(folder, 'node_modules', name, 'package.json')),
  ];
  for (const file of files.sort()) {
    hash.update(`${relative(folder, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** `undefined` if there is no page, whatever was built before. */
async function lastStamp() {
  const built = await readFile(join(folder, 'static/index.html')).catch(() => undefined);
  return built && (await readFile(STAMP, 'utf8').catch(() => undefined));
}

if (process.argv[1] === import.meta.filename) await buildConsole();
