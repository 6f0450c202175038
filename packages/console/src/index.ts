// What a server needs to show the console: the files of the page.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  /** Its media type, with the charset of a text. */
  readonly type: string;
  readonly body: Buffer;
  /** Whether the name has a hash of the content, so that a browser may keep the file for ever. */
  readonly immutable: boolean;
}

const FOLDER = fileURLToPath(new URL('../static/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  md: 'text/plain; charset=utf-8',
};

/**
 * Reads all files of the page: about 200 KB. They have no data of a cluster in them.
 *
 * Serve them below one path that ends in `/`, such as `/console/`, and answer that path with `index.html`. The page asks for
 * everything relative to it: its files in `assets/`, its data in `api/`.
 *
 * @returns each file by its path, such as `index.html` and `assets/index-4f2a.js`
 */
export async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.map(async (path) => [nameOf(path), await fileAt(path)]));
  return new Map(files as [string, PageFile][]);
}

function nameOf(path: string): string {
  return path.slice(FOLDER.length).replaceAll('\\', '/');
}

async function fileAt(path: string): Promise<PageFile> {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return {
    type: TYPES[ending] ?? 'application/octet-stream',
    body: await readFile(path),
    immutable: /-[\w-]{8,}\.\w+$/.test(path),
  };
}
