/**
 * The files that workers have loaded as code. Node reports them as it does for `node --watch`: each module that a process
 * loads, by `require` or `import`, in a message to its parent.
 */
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';

/** Makes a worker report. */
export const REPORT_LOADED = { WATCH_REPORT_DEPENDENCIES: '1' };

/** The most files that the primary remembers, whatever workers report. */
const MAX_FILES = 100_000;

/** The set grows while workers load more. Paths without links. */
export function loadedFiles(): ReadonlySet<string> {
  const loaded = new Set<string>();
  cluster.on('message', (_worker, message) => {
    for (const file of filesIn(message)) {
      if (loaded.size < MAX_FILES) loaded.add(file);
    }
  });
  return loaded;
}

function filesIn(message: unknown): string[] {
  if (typeof message !== 'object' || message === null) return [];
  const { 'watch:require': required, 'watch:import': imported } = message as Record<
    string,
    unknown
  >;
  const urls = texts(imported).filter((url) => /^file:\/\/\/[^?#]*/.test(url));
  return [...texts(required), ...urls.map(pathOf)];
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
