// `muster init`: writes what plan.ts says, and tells what it wrote and what to run next.
import { mkdir, rename, writeFile } from 'node:fs/promises';
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
    for (const file of files) console.log(await written(path, file));
    const enter = relative(process.cwd(), path);
    const steps = enter === '' ? next : [`cd ${enter}`, ...next];
    console.log(['', 'Next:', ...steps.map((step) => `  ${step}`)].join('\n'));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path}: ${reasonOf(error)}`, exits.failed);
  }
}

/** @returns what became of it, as a line. */
async function written(folder: string, { name, text, replaces }: PlannedFile): Promise<string> {
  const path = join(folder, name);
  try {
    // `wx`: a file that comes in between, or a link, stays as it is.
    await writeFile(replaces ? `${path}.new` : path, text, { flag: 'wx' });
    if (!replaces) return `wrote ${name}`;
    // Never half of it, on a full disk either.
    await rename(`${path}.new`, path);
    return `filled in ${name}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return `left ${name} as it is`;
  }
}
