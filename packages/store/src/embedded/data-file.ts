// A look at the data file before LMDB maps it: what LMDB cannot read, it crashes on.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreCorruptError } from '../errors.js';

// The meta page, as lmdb 3's mdb.c lays it out: a page header, then MDB_meta. Little-endian wherever lmdb is built.
const META_PAGE_FLAG = 0x08;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const AT = { flags: 18, magic: 24, version: 28, pageSize: 48, roots: [88, 136], transaction: 152 };
const META_BYTES = 160;
const EMPTY_ROOT = 0xffff_ffff_ffff_ffffn;

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
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return;
  try {
    const { size } = await file.stat();
    if (size === 0) return;
    const first = await meta(0);
    const pageSize = first.readUInt32LE(AT.pageSize);
    if (pageSize < 512 || pageSize > 65_536) throw damaged(path, 'its page size cannot be');
    const second = await meta(pageSize);
    const newest = transactionOf(second) > transactionOf(first) ? second : first;
    for (const at of AT.roots) {
      const root = newest.readBigUInt64LE(at);
      if (root !== EMPTY_ROOT && Number(root) * pageSize >= size)
        throw damaged(path, 'it was cut off');
    }
  } finally {
    await file.close();
  }

  async function meta(position: number): Promise<Buffer> {
    const { buffer, bytesRead } = await (file as NonNullable<typeof file>).read({
      buffer: Buffer.alloc(META_BYTES),
      position,
    });
    if (bytesRead < META_BYTES) throw damaged(path, 'it was cut off');
    if (
      buffer.readUInt32LE(AT.magic) !== MAGIC ||
      buffer.readUInt32LE(AT.version) !== VERSION ||
      (buffer.readUInt16LE(AT.flags) & META_PAGE_FLAG) === 0
    ) {
      throw damaged(path, 'it is not a data file of this store, or its first pages are damaged');
    }
    return buffer;
  }
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(AT.transaction);
}

function damaged(path: string, reason: string): StoreCorruptError {
  return new StoreCorruptError(
    `The embedded store's file ${path} cannot be used: ${reason}. Move it away to start with an empty store`,
  );
}
