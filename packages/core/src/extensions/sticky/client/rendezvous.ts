/**
 * Which slot a client belongs to, by rendezvous hashing (Thaler and Ravishankar, 1996): each slot has a score for the
 * client, and the highest wins. When a slot goes, only its own clients move, and they come back with it.
 */

/** All of `slots`: first the client's own, then those to which it moves if the ones before are gone. */
export function rank(client: string, slots: readonly number[]): number[] {
  const hash = fnv1a(client);
  return slots
    .map((slot) => ({ slot, score: mix(hash ^ mix(slot + 1)) }))
    .sort((a, b) => b.score - a.score || a.slot - b.slot)
    .map(({ slot }) => slot);
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** The finalizer of MurmurHash3: every bit of the input changes half of those that come out. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
