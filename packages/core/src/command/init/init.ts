// `muster init`: writes what plan.ts says, and tells what it wrote and what to run next.
import { lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { reasonOf } from '@muster/codec/thrown';
import { CommandFailure, exits } from '../line/failure.js';
import { type PlannedFile, planInit, type Wish } from './plan.js';
import { readProject } from './project.js';

/** @throws CommandFailure */
export async function init(folder: string, wish: Wish): Promise<void> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    const { files, next } = planInit(await readProject(path), wish);
    for (const { name } of files) await checkFree(join(path, name));
    for (const file of files) console.log(await written(path, file));
    const enter = relative(process.cwd(), path);
    const steps = enter === '' ? next : [`cd ${quoted(enter)}`, ...next];
    console.log(['', 'Next:', ...steps.map((step) => `  ${step}`)].join('\n'));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path}: ${reasonOf(error)}`, exits.failed);
  }
}

/** @throws CommandFailure for what is there and is no file: a folder, or a link that leads nowhere. */
async function checkFree(path: string): Promise<void> {
  if (!(await lstat(path).catch(() => undefined))) return;
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile()) return;
  throw new CommandFailure(
    `${path} is ${file ? 'not a file' : 'a link that leads nowhere'}; move it away first`,
    exits.failed,
  );
}

/** @returns what became of it, as a line. */
async function written(folder: string, { name, text, replaces }: PlannedFile): Promise<string> {
  const path = join(folder, name);
  if (replaces) {
    // The file, where a link leads to it: the link stays.
    const file = await realpath(path);
    await writeWhole(`${file}.${process.pid}.new`, text);
    await rename(`${file}.${process.pid}.new`, file);
    return `filled in ${name}`;
  }
  try {
    await writeWhole(path, text);
    return `wrote ${name}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return `left ${name} as it is`;
  }
}

/** A new file. What exists, or comes in between, stays as it is; and no half of it is left on a full disk. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** As one word of a command line. */
function quoted(path: string): string {
  const operand = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./@%+=:,-]+$/.test(operand) ? operand : `'${operand.replaceAll("'", "'\\''")}'`;
}
