// Which cluster answers on a control socket.

/** Set by test/support/bundle.js, from package.json. */
declare const MUSTER_VERSION: string | undefined;

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

/** Of this package. Modules that were not bundled run in our own tests only. */
export const version: string = typeof MUSTER_VERSION === 'string' ? MUSTER_VERSION : '0.0.0';
