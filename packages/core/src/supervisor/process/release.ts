/**
 * A release is what a slot runs: the code, its working directory and its environment as they were at one moment. The start,
 * `reload()` and `scale()` make a new one. A crash does not, because it must not bring in half of a deploy.
 */

import { existsSync, realpathSync } from 'node:fs';
import { reasonOf } from '@muster/codec/thrown';
import { EnvironmentError } from '../../errors.js';
import type { ResolvedRole } from '../options/role-options.js';

export interface Release {
  /** Without symbolic links, which a deploy moves: the old code can still be started from this path. */
  readonly file: string;
  /** Without symbolic links. `undefined`: the primary's. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

type Source = Pick<ResolvedRole, 'code' | 'cwd' | 'env'>;

/**
 * A path that does not exist is not an error here: the worker fails.
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

/** `release`, in which paths that no longer exist are resolved again. */
export function currentRelease(release: Release, { code, cwd }: Source): Release {
  return {
    ...release,
    file: existsSync(release.file) ? release.file : resolvedPath(code.path),
    cwd:
      release.cwd === undefined || existsSync(release.cwd) ? release.cwd : resolvedPath(cwd ?? ''),
  };
}

/** Without symbolic links, if the path exists. */
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
