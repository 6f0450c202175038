// Keys in the order of LMDB: by their UTF-8 bytes, which is the order of their code points.

/** For lmdb's `keyEncoder`. A `Uint8Array` is a bound of a range: bytes that need not be UTF-8. */
export const textKeyEncoder = {
  writeKey(key: string | Uint8Array, target: Buffer, start: number): number {
    if (typeof key === 'string') return start + target.write(key, start, 'utf8');
    target.set(key, start);
    return start + key.length;
  },
  readKey(source: Buffer, start: number, end: number): string {
    return source.toString('utf8', start, end);
  },
};

/** The upper bound of the keys that start with `prefix`: UTF-8 never contains 0xFF. */
export function endOfPrefix(prefix: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(prefix) + 1);
  bytes.write(prefix, 'utf8');
  bytes[bytes.length - 1] = 0xff;
  return bytes;
}

/** Bytes of the time in an expiry key. */
const TIME_BYTES = 8;

/** The time, then the key: positive doubles, big-endian, order as their bytes do. */
export function expiryKey(at: number, key: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + Buffer.byteLength(key));
  bytes.writeDoubleBE(at, 0);
  bytes.write(key, TIME_BYTES, 'utf8');
  return bytes;
}

export function keyOfExpiry(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', TIME_BYTES);
}

export function timeOfExpiry(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
