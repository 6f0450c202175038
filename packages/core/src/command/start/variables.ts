// The variables of the workers: those of files and of the config, and the address of a store that they name.
import type { ClusterOptions, Environment, StoreWiring } from '../../cluster-options.js';
import { variablesOf } from '../config/merge-options.js';
import { CommandFailure, exits } from '../line/failure.js';
import { readEnvFiles } from './env-files.js';

export interface VariableSources {
  /** `envFile` of the config. */
  readonly configFiles: readonly string[];
  /** `env` of the config, on top of them. */
  readonly env: Environment | undefined;
  /** `--env-file`, on top of both. */
  readonly files: readonly string[];
  readonly store: StoreWiring | undefined;
}

/** The primary also needs the address of a store, because it frees the locks of dead workers there. */
export function variableOptions(sources: VariableSources): Pick<ClusterOptions, 'env' | 'store'> {
  const { configFiles, env, files, store } = sources;
  const wired = store === undefined ? {} : { store };
  if (configFiles.length + files.length === 0 && typeof env !== 'object') {
    return { ...wired, ...(env !== undefined && { env }) };
  }
  const option = files.length > 0 ? '--env-file' : 'envFile';
  const known = typeof env === 'object' ? env : {};
  const all = (own: Record<string, string>) => ({
    ...readEnvFiles(configFiles, process.env),
    ...own,
    ...readEnvFiles(files, process.env),
  });
  if (store === undefined) {
    const { MUSTER_STORE_URL = process.env.MUSTER_STORE_URL, REDIS_URL } = readable(option, () =>
      all(known),
    );
    const url = MUSTER_STORE_URL ?? REDIS_URL;
    return { env: () => all(variablesOf(env)), ...(url !== undefined && { store: { url } }) };
  }
  readable(option, () => all(known));
  return {
    ...wired,
    env: () => {
      // Workers open the store of the primary.
      const { MUSTER_STORE_URL: _, ...variables } = all(variablesOf(env));
      return variables;
    },
  };
}

/** @throws CommandFailure */
function readable<Value>(option: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new CommandFailure(`${option}: ${(error as Error).message}`, exits.usage);
  }
}
