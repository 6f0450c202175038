// The FNV-1a hash (draft-eastlake-fnv): short, and good enough to tell two texts apart.

/** 32 bits, unsigned; of the UTF-16 code units of an ASCII text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
