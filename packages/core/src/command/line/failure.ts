// How the command ends where it cannot do what it was asked to.

export const exits = {
  done: 0,
  /** What was asked for failed: a reload was aborted, the cluster did not start. */
  failed: 1,
  /** It was asked in a way that it does not understand, or that says too little. */
  usage: 2,
  /** There is no cluster to ask. The number is that of `systemctl status` and of LSB init scripts. */
  notRunning: 3,
} as const;

const USAGE_CODES: readonly unknown[] = ['MUSTER_INVALID_OPTION', 'MUSTER_CLUSTER_MISUSE'];

/** Whether an error with this code says that the user has to ask in another way. */
export function isUsageError(code: string | undefined): boolean {
  return USAGE_CODES.includes(code);
}

/** Printed as it is, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
