// The title that `ps` and `top` show for a process of Muster.

/**
 * Sets the title of this process, unless the app or `--title` has set one. On Linux it has room for only as many bytes as
 * the command line of the process, so the name of the app comes first.
 */
export function setProcessTitle(title: string): void {
  const { argv0, execPath } = process;
  if (['node', argv0, execPath].includes(process.title)) process.title = title;
}
