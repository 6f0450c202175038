// What may happen to a file, made up from a number: the same number makes the same damage.

const PAGE = 8_192;

/** A small random number generator (mulberry32): below 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Damage = (file: Buffer, below: (limit: number) => number) => Buffer;

/** In `file`, which may be changed; `below` gives random whole numbers. */
const DAMAGES: Record<string, Damage> = {
  bits(file, below) {
    for (let n = 0; n <= below(20); n++) {
      const at = below(file.length);
      file.writeUInt8(file.readUInt8(at) ^ (1 << below(8)), at);
    }
    return file;
  },
  /** A page, or a few bytes, of noise. */
  noise(file, below) {
    const length = [4, 64, PAGE][below(3)] ?? PAGE;
    const at = below(file.length - length);
    for (let n = 0; n < length; n++) file.writeUInt8(below(256), at + n);
    return file;
  },
  zeros(file, below) {
    const at = below(file.length / PAGE) * PAGE;
    return file.fill(0, at, at + PAGE);
  },
  /** What says where things are in a page. */
  header(file, below) {
    const at = below(file.length / PAGE) * PAGE + 8 + below(40);
    file.writeUInt16LE(below(65_536), at);
    return file;
  },
  /** A page that was written to the place of another one. */
  astray(file, below) {
    const [from, to] = [below(file.length / PAGE) * PAGE, below(file.length / PAGE) * PAGE];
    file.copy(file, to, from, from + PAGE);
    return file;
  },
  cut: (file, below) => file.subarray(0, below(file.length)),
};

export const KINDS = Object.keys(DAMAGES);

export function damaged(file: Buffer, kind: string, seed: number): Buffer {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return DAMAGES[kind]?.(Buffer.from(file), below) ?? file;
}
