/**
 * A config is read once, at the start: a reload replaces workers, and what the primary runs with stays. Whoever has changed
 * the config and reloads is told so.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Environment, Logger } from '../../cluster-options.js';
import { variablesOf } from '../config/merge-options.js';

/** @returns the variables of `env`, which are asked for at each reload: then the file is looked at, too */
export function tellingOfChanges(
  file: string,
  env: Environment | undefined,
  logger: Logger,
): () => Record<string, string> {
  let known = contentOf(file);
  return () => {
    const now = contentOf(file);
    if (now !== undefined && now !== known) {
      known = now;
      const message =
        `${basename(file)} has changed since the start, and a reload does not read it: to apply the change, ` +
        'stop the cluster and start it again.';
      logger.warn({ event: 'start.config-changed', file }, message);
    }
    return variablesOf(env);
  };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
