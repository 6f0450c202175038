// The keys of a namespace: in the caller's form, and in the full form of engines.
import { InvalidKeyError, InvalidOptionError } from '../errors.js';

const MAX_KEY_BYTES = 1024;
/** UTF-8 has at most this many bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;
const MAX_NAME_BYTES = 128;
/** The prefix of the store's own namespaces. */
export const RESERVED = '$muster.';
const SORTED = 'sorted';
/** The prefix of the full keys of sorted sets and of their entries. */
export const SORTED_SETS = `${RESERVED}${SORTED}:`;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Not in the types of ES2023; Node 20 has it. */
const { isWellFormed } = String.prototype as unknown as { isWellFormed(this: string): boolean };

/**
 * The keys of one namespace. A full key is `<namespace>:<key>`, and `:<key>` in the root view. A `:` of the name is written
 * as `%3A` (and a `%` as `%25`), so the first `:` ends it, and no key of one namespace is ever a key of another.
 */
export class Keyspace {
  /** The prefix of all full keys of the namespace. */
  readonly prefix: string;

  /** @param name as it is written in keys; `''` is the root view. */
  constructor(name: string) {
    this.prefix = `${name}:`;
  }

  static named(name: string): Keyspace {
    checkName('a namespace', name);
    if (name.startsWith(RESERVED)) {
      throw new InvalidOptionError(
        `Names that start with "${RESERVED}" are reserved; give the namespace another name than ${JSON.stringify(name)}`,
      );
    }
    return new Keyspace(written(name));
  }

  /**
   * A keyspace of the store's own, which no view sees.
   *
   * @param named the kind of thing that it belongs to, for errors, and its name.
   */
  static own(kind: string, named?: readonly [of: string, name: string]): Keyspace {
    if (!named) return new Keyspace(RESERVED + kind);
    checkName(...named);
    return new Keyspace(`${RESERVED}${kind}:${written(named[1])}`);
  }

  static sortedSet(name: string): Keyspace {
    return Keyspace.own(SORTED, ['a sorted set', name]);
  }

  full(key: string): string {
    if (typeof key !== 'string')
      throw new InvalidKeyError(`a key is a string, and this is of type ${typeof key}`);
    if (key === '') throw new InvalidKeyError('a key has at least one character', key);
    return this.prefix + checked(key, 'a key');
  }

  /** The full form of a prefix of keys, which may be empty. */
  fullPrefix(prefix = ''): string {
    if (typeof prefix !== 'string') {
      throw new InvalidKeyError(`a prefix is a string, and this is of type ${typeof prefix}`);
    }
    return this.prefix + checked(prefix, 'a prefix');
  }

  /** The caller's form of a full key of this namespace. */
  local(full: string): string {
    return full.slice(this.prefix.length);
  }
}

function written(name: string): string {
  return name.replaceAll('%', '%25').replaceAll(':', '%3A');
}

/** The name of a namespace as it was given, from how keys write it. */
export function unwritten(text: string): string {
  return text.replaceAll('%3A', ':').replaceAll('%25', '%');
}

/** The name of the namespace of a full key. */
export function nameIn(full: string): string {
  return unwritten(full.slice(0, full.indexOf(':')));
}

/** Whether a view can have a value under this full key: false for entries of the store's own, and keys of other programs. */
export function isKeyOfValue(full: string): boolean {
  try {
    const name = nameIn(full);
    const keyspace = name === '' ? new Keyspace('') : Keyspace.named(name);
    return keyspace.full(localKey(full)) === full;
  } catch {
    return false;
  }
}

/** Like `Keyspace.local`, for any namespace. */
export function localKey(full: string): string {
  return full.slice(full.indexOf(':') + 1);
}

/** The name of the sorted set with this full key; `undefined` for all other keys, also those of entries of members. */
export function sortedSetIn(full: string): string | undefined {
  const end = full.length - 1;
  if (!full.startsWith(SORTED_SETS) || full.indexOf(':', SORTED_SETS.length) !== end) return;
  return unwritten(full.slice(SORTED_SETS.length, end));
}

/** @param of the kind of thing, for errors. @throws InvalidOptionError */
export function checkName(of: string, name: string): void {
  if (typeof name !== 'string' || name === '' || LONE_SURROGATE.test(name)) {
    throw new InvalidOptionError(
      `The name of ${of} is well-formed text of at least one character, and not ${JSON.stringify(name)}`,
    );
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new InvalidOptionError(
      `The name of ${of} is at most ${MAX_NAME_BYTES} bytes of UTF-8, and ${JSON.stringify(name)} is longer`,
    );
  }
}

function checked(text: string, what: string): string {
  if (text.length * BYTES_PER_UNIT > MAX_KEY_BYTES) {
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_KEY_BYTES) {
      throw new InvalidKeyError(
        `${what} is at most ${MAX_KEY_BYTES} bytes of UTF-8, and this is ${bytes}`,
        text,
      );
    }
  }
  if (!isWellFormed.call(text)) {
    throw new InvalidKeyError(
      `${what} is well-formed text, and this has half of a surrogate pair`,
      text,
    );
  }
  return text;
}
