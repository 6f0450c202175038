// Variables of the environment that look like Muster's and are not: a misspelt one would be ignored without a word.
import { didYouMean } from './nearest-name.js';

const VARIABLES = ['MUSTER_STORE_URL', 'MUSTER_MACHINES', 'MUSTER_RUNTIME_DIR'];

/** A sentence for each. None in a process that a worker has started, because it has inherited what the worker was given. */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  if ('MUSTER_CHILD_OF' in environment) return [];
  return Object.keys(environment)
    .filter((name) => name.startsWith('MUSTER_') && !VARIABLES.includes(name))
    .map(
      (name) =>
        `${name} is set, and Muster has no such variable.${didYouMean(name, VARIABLES)} ` +
        `It reads ${VARIABLES.join(', ')}; the rest are options`,
    );
}
