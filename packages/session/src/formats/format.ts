/**
 * How a session is written in the store. A format writes and reads texts, and knows none of the rules of sessions.
 *
 * There are two: Muster's own, and that of connect-redis.
 */
import type { Lifetime, Texts } from '@muster/store/procedures';
import type { Mark } from '../procedures/swap-record.js';
import type { CookieData, SessionFields } from '../sessions.js';

/** Names the session's entry in the index of its user (see user-index.ts). */
export interface IndexRef {
  /** The hash of the user's id. */
  readonly user: string;
  /** Milliseconds since the epoch: until then the index has the entry; `Infinity`: until it is removed. */
  readonly until: number;
  /** Tells this entry from every other one. */
  readonly token: string;
  /** The same for all ids that the session has while it is this user's: so two ids are known to be one session's. */
  readonly lineage: string | undefined;
}

/** What a format writes of a session. */
export interface Content {
  readonly id: string;
  /** JSON text of its fields, without the cookie. */
  readonly data: string;
  /** Its times are local time; all others here are store time (see store-clock.ts). */
  readonly cookie: CookieData | undefined;
  /** `Infinity` for never. */
  readonly endsAt: number;
  readonly seenAt: number;
  readonly createdAt: number;
  readonly indexRef: IndexRef | undefined;
  /** If set, this is a pointer under an old id of the session: it leads to this new id until `endsAt`. */
  readonly movedTo?: string | undefined;
}

/** A session as it was written or read, with what is needed to write it again. */
export interface Stored extends Omit<Content, 'data'> {
  /** Text from which the format can tell what the fields were. */
  readonly body: string;
  /** Recognises this text, as long as nobody has written another. */
  readonly mark: Mark;
}

export interface Loaded {
  readonly stored: Stored;
  /** The session's fields, without the cookie, in a fresh object. */
  readonly fields: SessionFields;
}

/** What was found under a key: a text, and the time at which the store drops it if the text does not say that. */
export type Found = string | { readonly text: string; readonly endsAt: number };

export function textOf(found: Found): string {
  return typeof found === 'string' ? found : found.text;
}

export interface EndMove {
  readonly endsAt: number;
  readonly afterMs: number;
  readonly now: number;
  readonly lifetime: Lifetime;
}

/** How to recognise a pointer: what is stored under the old id of a session that has moved. */
export interface Pointers {
  /** How many characters of a text tell whether it is a pointer. */
  readonly headLength: number;
  isOne(head: string): boolean;
}

export interface Format {
  /** The prefix of the keys of all sessions. */
  readonly keyPrefix: string;
  /** Whether a key shows the id. */
  readonly keysAreIds: boolean;
  /** `undefined` if the format cannot say where a session has moved to. */
  readonly pointers: Pointers | undefined;
  /** `undefined` if no session can have this id. */
  keyOf(id: string): string | undefined;
  /** The key of the session whose id has this hash; `undefined`: keys are not made of hashes, and there is no index. */
  keyOfHash(hash: string): string | undefined;
  /** Whether only a process with the secrets could have written the end that a text says. */
  readonly endIsSealed: boolean;
  write(key: string, content: Content): { text: string; stored: Stored };
  find(texts: Texts, key: string): Promise<Found | undefined>;
  /** `undefined` if this is not a session. */
  read(key: string, found: Found): Loaded | undefined;
  /** The fields once more, in a fresh object. */
  fieldsOf(stored: Stored): SessionFields;
  /** Whether its fields are these, character by character. */
  hasData(stored: Stored, data: string): boolean;
  /** Whether it was written in another way than this format writes now, so that its end cannot be moved by itself. */
  mustRewrite(stored: Stored): boolean;
  /** Moves the end of the session, if that is due. Resolves with whether the session exists. */
  moveEnd(texts: Texts, key: string, move: EndMove): Promise<boolean>;
}
