// Checks the data file before LMDB maps it: LMDB crashes on a file that it cannot read.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// The meta page, as lmdb 3's mdb.c lays it out: a page header, then MDB_meta. Little-endian wherever lmdb is built.
const META_PAGE_FLAG = 0x08;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const AT = { flags: 18, magic: 24, version: 28, pageSize: 48, roots: [88, 136], transaction: 152 };
const META_BYTES = 160;
const EMPTY_ROOT = 0xffff_ffff_ffff_ffffn;

/**
 * LMDB trusts its file: on a foreign file, or one that lacks pages, the process crashes with a signal, and so would each process that
 * replaces it. This check finds a file that is not an LMDB file of the store, and one that was cut off above the roots of its trees.
 * Call it when nobody writes.
 *
 * @param path of a file that exists, and may still be empty.
 * @returns what is wrong with it, if anything.
 */
export function damageOf(path: string): string | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    return size === 0 ? undefined : lookInto(file, size);
  } finally {
    closeSync(file);
  }
}

function lookInto(file: number, size: number): string | undefined {
  const first = readMeta(file, 0);
  if (typeof first === 'string') return first;
  const pageSize = first.readUInt32LE(AT.pageSize);
  if (pageSize < 512 || pageSize > 65_536) return 'its page size cannot be';
  const second = readMeta(file, pageSize);
  if (typeof second === 'string') return second;
  const newest = transactionOf(second) > transactionOf(first) ? second : first;
  const cutOff = AT.roots.some((at) => {
    const root = newest.readBigUInt64LE(at);
    return root !== EMPTY_ROOT && Number(root) * pageSize >= size;
  });
  return cutOff ? 'it was cut off' : undefined;
}

/** The meta page, or what is wrong with it. */
function readMeta(file: number, position: number): Buffer | string {
  const buffer = Buffer.alloc(META_BYTES);
  const bytesRead = readSync(file, buffer, 0, META_BYTES, position);
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
