/**
 * The files of the page, from the package `@muster/console`: read once at the start, and found by name, so no path of a request ever
 * reaches the file system.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '@muster/codec/thrown';
import { ConsoleError } from '../../../errors.js';
import type { Reply } from './reply.js';

const PACKAGE: string = '@muster/console';
const INDEX = 'index.html';

/** As `readPage()` of the package returns them, by path. */
interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Whether the name has a hash of the content. */
  readonly immutable: boolean;
}

export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile & { readonly etag: string }>;

  constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = new Map(
      [...files].map(([name, file]) => {
        const hash = createHash('sha256').update(file.body).digest('base64url').slice(0, 22);
        return [name, { ...file, etag: `"${hash}"` }];
      }),
    );
  }

  /** @throws ConsoleError if the package is not installed, or has no page */
  static async load(name = PACKAGE): Promise<PageFiles> {
    const { readPage } = (await loadPackage(name)) as { readPage?: unknown };
    if (typeof readPage !== 'function') throw unfit('it has no readPage()');
    const files = (await readPage()) as ReadonlyMap<string, PageFile>;
    if (!(files instanceof Map) || !files.has(INDEX)) throw unfit(`it has no ${INDEX}`);
    return new PageFiles(files);
  }

  /** @param name what follows `/console/` */
  reply(name: string, { headers }: IncomingMessage): Reply | undefined {
    const file = this.#files.get(name === '' ? INDEX : name);
    if (!file) return undefined;
    const { type, body, etag, immutable } = file;
    const cache = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
    const isSame = headers['if-none-match'] === etag;
    return {
      status: isSame ? 304 : 200,
      type,
      body: isSame ? '' : body,
      headers: { etag, 'cache-control': cache },
    };
  }
}

/** From where this package is installed, or from the folder of the app: a strict package manager may not link one to the other. */
async function loadPackage(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error)) throw unfit(reasonOf(error), error);
  }
  try {
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(name);
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (!isMissing(error)) throw unfit(reasonOf(error), error);
    throw new ConsoleError(
      `The console needs the package ${PACKAGE}, which is not installed. Install it beside @muster/core: npm install ${PACKAGE}`,
      { cause: error },
    );
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function unfit(why: string, cause?: unknown): ConsoleError {
  return new ConsoleError(
    `${PACKAGE} cannot show the console: ${why}. Install the version of @muster/core.`,
    cause === undefined ? {} : { cause },
  );
}
