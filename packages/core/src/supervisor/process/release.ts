/**
 * What a slot runs: the code, its working directory and its environment as they were at one moment. The start, `reload()`
 * and `scale()` take a new one. A crash does not: it must not bring in half of a deploy that nobody asked for.
 */

import { existsSync, realpathSync } from 'node:fs';
import { reasonOf } from '@muster/codec/thrown';
import { EnvironmentError } from '../../errors.js';
import type { ResolvedRole } from '../options/role-options.js';

export interface Release {
  /** Without symbolic links: those are moved with a deploy, and the old code can still be started from here. */
  readonly file: string;
  /** Without symbolic links. `undefined`: that of the primary. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

type Source = Pick<ResolvedRole, 'code' | 'cwd' | 'env'>;

/**
 * What is not on disk is left to the worker to fail on.
 *
 * @throws EnvironmentError
 */
export function releaseOf({ code, cwd, env }: Source): Release {
  return {
    file: resolvedPath(code.path),
    cwd: cwd === undefined ? undefined : resolvedPath(cwd),
    env: environment(env),
  };
}

/** `release`, with what is no longer on disk replaced by what is there now. */
export function currentRelease(release: Release, { code, cwd }: Source): Release {
  return {
    ...release,
    file: existsSync(release.file) ? release.file : resolvedPath(code.path),
    cwd:
      release.cwd === undefined || existsSync(release.cwd) ? release.cwd : resolvedPath(cwd ?? ''),
  };
}

/** Without symbolic links, where it is there. */
export function resolvedPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function environment(env: Source['env']): Release['env'] {
  try {
    return env();
  } catch (cause) {
    const why = reasonOf(cause);
    throw new EnvironmentError(`The environment of new workers cannot be had: ${why}`, { cause });
  }
}
