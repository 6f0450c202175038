/** What the primary says of the inspector where a worker's user does not (see ../../supervisor/process/inspector-flags.ts). */
const OWN_FLAGS = ['--inspect-publish-uid=stderr', '--inspect-port=0'];

/**
 * Takes Muster's own flags out of `process.execArgv`: a process that the worker forks inherits what stands there, and
 * code that looks for `--inspect` in it believes that it is debugged. `MUSTER_INSPECTOR`: `secret` where they are there.
 */
export function hideInspectorFlags(env: NodeJS.ProcessEnv): void {
  if (env.MUSTER_INSPECTOR !== 'secret') return;
  process.execArgv = process.execArgv.filter((argument) => !OWN_FLAGS.includes(argument));
}
