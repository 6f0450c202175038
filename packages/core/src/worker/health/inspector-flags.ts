/** The inspector flags that the primary adds if the user has given none (see supervisor/process/inspector-flags.ts). */
const OWN_FLAGS = ['--inspect-publish-uid=stderr', '--inspect-port=0'];

/**
 * Removes Muster's own flags from `process.execArgv`: processes that the worker forks inherit them, and code that looks for
 * `--inspect` would believe that it is being debugged. `MUSTER_INSPECTOR` is `secret` if they are there.
 */
export function hideInspectorFlags(env: NodeJS.ProcessEnv): void {
  if (env.MUSTER_INSPECTOR !== 'secret') return;
  process.execArgv = process.execArgv.filter((argument) => !OWN_FLAGS.includes(argument));
}
