// What is in the folder that `muster init` writes into.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireFrom } from '@muster/codec/own-files';
import { reasonOf } from '@muster/codec/thrown';
import { CommandFailure, exits } from '../line/failure.js';
import { type Manifest, parseManifest } from './manifest.js';

export interface Project {
  /** Of the folder. */
  readonly name: string;
  /** What package.json says; `undefined` if there is none. */
  readonly manifest: Manifest | undefined;
  /** Whether there is no code yet, so that package.json says nothing about any. */
  readonly isEmpty: boolean;
  readonly hasTsconfig: boolean;
  /** Whether `import '@muster/core'` works there. */
  readonly hasMuster: boolean;
}

/** What npm and git make, and people write, before there is code. */
const NO_CODE =
  /^(\..*|node_modules|package(-lock)?\.json|tsconfig\.json|(README|LICENSE)(\.\w+)?|.*\.tgz)$/i;

/** @throws CommandFailure if package.json cannot be understood. */
export async function readProject(folder: string): Promise<Project> {
  const names = await readdir(folder);
  return {
    name: basename(folder),
    manifest: names.includes('package.json') ? await manifestOf(folder) : undefined,
    isEmpty: names.every((name) => NO_CODE.test(name)),
    hasTsconfig: names.includes('tsconfig.json'),
    hasMuster: isInstalled(folder),
  };
}

async function manifestOf(folder: string): Promise<Manifest> {
  const path = join(folder, 'package.json');
  try {
    return parseManifest(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${reasonOf(error)}`, exits.failed);
  }
}

function isInstalled(folder: string): boolean {
  try {
    requireFrom(pathToFileURL(join(folder, 'x.js')).href).resolve('@muster/core/package.json');
    return true;
  } catch {
    return false;
  }
}
