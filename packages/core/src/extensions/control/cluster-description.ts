// Which cluster answers on a control socket.
import { createRequire } from 'node:module';

export interface ClusterDescription {
  readonly name: string;
  readonly pid: number;
  /** The working directory of its workers, as the options name it. Default: the primary's. */
  readonly cwd: string;
  /** The file that its workers run. */
  readonly file: string;
  /** The version of its @muster/core. */
  readonly version: string;
}

/** `undefined` if no primary would answer this: any server may listen on a socket. */
export function readDescription(answer: unknown): ClusterDescription | undefined {
  const { name, pid, cwd, file, version } = (answer ?? {}) as Partial<ClusterDescription>;
  const texts = [name, cwd, file, version].every((one) => typeof one === 'string');
  return texts && Number.isSafeInteger(pid) ? (answer as ClusterDescription) : undefined;
}

export const version: string = createRequire(import.meta.url)('@muster/core/package.json').version;
