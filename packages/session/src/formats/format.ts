/**
 * How a session is written in the store: a format makes its texts and reads them, and knows no rule of sessions.
 *
 * There are two: Muster's own, and that of connect-redis.
 */
import type { Lifetime, Texts } from '@muster/store/procedures';
import type { Mark } from '../procedures/swap-record.js';
import type { CookieData, SessionFields } from '../sessions.js';

/** Where the index of a user has the session (see user-index.ts). */
export interface IndexRef {
  /** The user's hash. */
  readonly user: string;
  /** Milliseconds since the epoch: until then the index has it; `Infinity`: until it is taken out. */
  readonly until: number;
  /** One of a kind: says which entry of the index this is. */
  readonly token: string;
  /** The same for all ids that the session has while it is this user's: says that two of them are one session's. */
  readonly lineage: string | undefined;
}

/** What is written of a session. */
export interface Content {
  readonly id: string;
  /** JSON text of its fields, without the cookie. */
  readonly data: string;
  /** In local time; all others here are store time (see store-clock.ts). */
  readonly cookie: CookieData | undefined;
  /** `Infinity` for never. */
  readonly endsAt: number;
  readonly seenAt: number;
  readonly createdAt: number;
  readonly indexRef: IndexRef | undefined;
  /** The id that the session has now: this is what is left under the one that it had, which leads there until `endsAt`. */
  readonly movedTo?: string | undefined;
}

/** A session as it was written or read, as far as it is needed to write it again. */
export interface Stored extends Omit<Content, 'data'> {
  /** Text from which the format can tell what the fields were. */
  readonly body: string;
  /** By which to recognise it, while nobody has written another. */
  readonly mark: Mark;
}

export interface Loaded {
  readonly stored: Stored;
  /** The session's fields, without the cookie, in an object of their own. */
  readonly fields: SessionFields;
}

/** What was found under a key: a text, with the time at which the store drops it where the text does not say. */
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

/** What is left under the old id of a session that has moved. */
export interface Pointers {
  /** So many characters of a text tell whether it is one. */
  readonly headLength: number;
  isOne(head: string): boolean;
}

export interface Format {
  /** What the keys of all sessions start with. */
  readonly keyPrefix: string;
  /** Whether a key tells the id. */
  readonly keysAreIds: boolean;
  /** How it says where a session has moved to, where it can. */
  readonly pointers: Pointers | undefined;
  /** `undefined`: no session can have this id. */
  keyOf(id: string): string | undefined;
  /** Whether a text says when its session ends in a way that nobody else could have written. */
  readonly endIsSealed: boolean;
  write(key: string, content: Content): { text: string; stored: Stored };
  find(texts: Texts, key: string): Promise<Found | undefined>;
  /** `undefined` where this is no session. */
  read(key: string, found: Found): Loaded | undefined;
  /** The fields once more, in an object of their own. */
  fieldsOf(stored: Stored): SessionFields;
  /** Whether these are its fields, to the letter. */
  hasData(stored: Stored, data: string): boolean;
  /** Whether it was written in another way than this format writes, so that its end cannot be moved by itself. */
  mustRewrite(stored: Stored): boolean;
  /** Moves the end of what is there, where that is due. Says whether it is there. */
  moveEnd(texts: Texts, key: string, move: EndMove): Promise<boolean>;
}
