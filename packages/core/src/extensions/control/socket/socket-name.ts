// The name of a cluster, and the path of its socket.
import { createHash } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import { ControlSocketError } from '../../../errors.js';

const SOCKET_ENDING = '.sock';

/** Prefix of the folder in which a socket is bound before it gets its path. */
export const ROOM_PREFIX = '.m-';

/** Bytes of a path that every system accepts: 104 on macOS and 108 on Linux, both with a zero byte at the end. */
const MAX_PATH_BYTES = 103;

/** Not a path, not a hidden file, and short enough for the path of a socket. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

/**
 * The same for each start of one app in one place, and different for any other: the name of the folder, or of the file if
 * that says more, and a hash of both paths. For `shop/current`, a link that deploys move, it is `shop`.
 */
export function defaultName(cwd: string, file: string): string {
  const folder = basename(cwd) === 'current' ? dirname(cwd) : cwd;
  const told = [basename(folder), basename(file, extname(file))]
    .map((part) => part.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, ''))
    .filter((part) => part !== '');
  const hash = createHash('sha256').update(`${cwd}\0${file}`).digest('hex').slice(0, 6);
  return [(told[0] ?? 'cluster').slice(0, 20), hash].join('-').toLowerCase();
}

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** The name of the cluster whose socket this file of a runtime folder is; `undefined` if it is not a socket of a cluster. */
export function nameOf(file: string): string | undefined {
  const name = file.slice(0, -SOCKET_ENDING.length);
  return file.endsWith(SOCKET_ENDING) && isName(name) ? name : undefined;
}

/** The name of the cluster with this socket, in whatever folder. */
export function nameAt(path: string): string {
  return nameOf(basename(path)) ?? basename(path);
}

export function socketPath(folder: string, name: string): string {
  return join(folder, `${name}${SOCKET_ENDING}`);
}

/** @throws ControlSocketError: because the system would cut the path, or refuse it without a reason. */
export function assertPathLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  const bound = Buffer.byteLength(join(dirname(path), `${ROOM_PREFIX}XXXXXX`, 's'));
  if (Math.max(bytes, bound) <= MAX_PATH_BYTES) return;
  throw new ControlSocketError(
    `The path of the control socket, ${path}, is ${bytes} bytes long, and a socket's may have ${MAX_PATH_BYTES}. ` +
      'Set MUSTER_RUNTIME_DIR to a shorter folder, or give a shorter path.',
  );
}
