// What `ps` and `top` show of a process of Muster.

/**
 * Names this process, unless somebody else has: the app, or `--title`. Linux has room for as many bytes as the command
 * line of the process has, so that the app comes first.
 */
export function setProcessTitle(title: string): void {
  const { argv0, execPath } = process;
  if (['node', argv0, execPath].includes(process.title)) process.title = title;
}
