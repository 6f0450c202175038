// The proof that an entry was written by a machine that knows the secret of its group. The content carries epoch and number,
// so that nothing can be repeated, and the time of the log that its machine had seen, so that nothing can be kept for later.

import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;

/** How old may be what a sealed entry has seen of the log, in milliseconds: a machine reads all the time. */
export const MAX_UNSEEN_MS = 30_000;

export interface Seal {
  /** As it goes into the log. */
  close(entry: Buffer): Buffer;
  /** @returns the entry; `undefined` for one that no machine with this secret sealed. */
  open(bytes: Buffer): Buffer | undefined;
}

const NONE: Seal = { close: (entry) => entry, open: (bytes) => bytes };

/** @param secret of the group; without one entries are as they are. */
export function sealOf(secret: string | undefined, group: string): Seal {
  if (secret === undefined) return NONE;
  const key = createHmac('sha256', secret).update(`muster machines of ${group}`).digest();
  const macOf = (entry: Buffer) => createHmac('sha256', key).update(entry).digest();
  return {
    close: (entry) => Buffer.concat([macOf(entry), entry]),
    open(bytes) {
      if (bytes.length < MAC_BYTES) return undefined;
      const entry = bytes.subarray(MAC_BYTES);
      return timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(entry)) ? entry : undefined;
    },
  };
}
