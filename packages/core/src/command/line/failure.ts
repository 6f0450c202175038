// How a command that fails ends.

export const exits = {
  done: 0,
  /** The operation failed: a reload was aborted, or the cluster did not start. */
  failed: 1,
  /** The arguments were not understood, or ambiguous. */
  usage: 2,
  /** No cluster is running. The number is that of `systemctl status` and of LSB init scripts. */
  notRunning: 3,
} as const;

const USAGE_CODES: readonly unknown[] = [
  'MUSTER_INVALID_OPTION',
  'MUSTER_CLUSTER_MISUSE',
  'MUSTER_CONFIG',
];

/** Whether an error with this code says that the user has to ask in another way. */
export function isUsageError(code: string | undefined): boolean {
  return USAGE_CODES.includes(code);
}

/** Its message is printed without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
