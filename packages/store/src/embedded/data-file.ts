// A look at the data file before LMDB maps it: what LMDB cannot read, it crashes on.
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StoreCorruptError } from '../errors.js';

// The meta page, as lmdb 3's mdb.c lays it out: a page header, then MDB_meta. Little-endian wherever lmdb is built.
const META_PAGE_FLAG = 0x08;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const AT = { flags: 18, magic: 24, version: 28, pageSize: 48, roots: [88, 136], transaction: 152 };
const META_BYTES = 160;
const EMPTY_ROOT = 0xffff_ffff_ffff_ffffn;

/** Another process may be making the file, or writing to it: what is still wrong after a moment is damage. */
const LOOKS = 5;
const PAUSE_MS = 20;

/**
 * LMDB trusts its file: on one that is not its own, or that lacks pages, the process dies of a signal, and so would
 * each that is started in its place. This finds a file that is no LMDB file of ours, and one that was cut off above
 * the roots of its trees.
 *
 * @param folder of the store; a file that does not exist yet, or is still empty, is fine.
 * @throws StoreCorruptError
 */
export async function checkDataFile(folder: string): Promise<void> {
  const path = join(folder, 'data.mdb');
  let damage = await lookAt(path);
  for (let look = 1; damage !== undefined && look < LOOKS; look++) {
    await setTimeout(PAUSE_MS);
    damage = await lookAt(path);
  }
  if (damage === undefined) return;
  throw new StoreCorruptError(
    `The embedded store's file ${path} cannot be used: ${damage}. Move it away to start with an empty store`,
  );
}

/** What is wrong with the file, if anything. */
async function lookAt(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    return size === 0 ? undefined : await lookInto(file);
  } finally {
    await file.close();
  }
}

async function lookInto(file: FileHandle): Promise<string | undefined> {
  const first = await readMeta(file, 0);
  if (typeof first === 'string') return first;
  const pageSize = first.readUInt32LE(AT.pageSize);
  if (pageSize < 512 || pageSize > 65_536) return 'its page size cannot be';
  const second = await readMeta(file, pageSize);
  if (typeof second === 'string') return second;
  const newest = transactionOf(second) > transactionOf(first) ? second : first;
  // Asked for after the roots were read: until then another process may have made the file longer.
  const { size } = await file.stat();
  const cutOff = AT.roots.some((at) => {
    const root = newest.readBigUInt64LE(at);
    return root !== EMPTY_ROOT && Number(root) * pageSize >= size;
  });
  return cutOff ? 'it was cut off' : undefined;
}

/** The meta page, or what is wrong with it. */
async function readMeta(file: FileHandle, position: number): Promise<Buffer | string> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(META_BYTES), position });
  if (bytesRead < META_BYTES) return 'it was cut off';
  const isMeta =
    buffer.readUInt32LE(AT.magic) === MAGIC &&
    buffer.readUInt32LE(AT.version) === VERSION &&
    (buffer.readUInt16LE(AT.flags) & META_PAGE_FLAG) !== 0;
  return isMeta ? buffer : 'it is not a data file of this store, or its first pages are damaged';
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(AT.transaction);
}
