/**
 * Muster's own format, JSON:
 *
 *   {"end":1767225600000   ,"seen":1767139200000,"v":"Zm9vYmFyYmF6MDAwMDA1","s":{"id":…,"made":…,"ends":…,…}}
 *
 * `s` has `id`, `made`, `place` (the entry in the user's index), `cookie` and `data`. In front, at fixed positions, stands what
 * `touch` writes, and by what a save recognises the session: neither needs more of the text than that.
 *
 * With `secrets` the rest is encrypted, under `e` instead of `s`, for this namespace, key and version alone. The end, which
 * `touch` moves without the rest, is signed for this namespace and key:
 *
 *   {"end":1767225600000   ,"seen":1767139200000,"m":"c2lnbmF0dXJlIG9mIGl0","v":"Zm9vYmFyYmF6MDAwMDA1","e":"…"}
 *
 * The pointer that `regenerate` leaves under an old id has the new id as `to` in `s`, and its version under `p` in place of
 * `v`: so a `touch` of a request that knows only the old id leaves it alone. The old id leads to the new one until `end`.
 */
import type { Texts } from '@muster/store/procedures';
import type { ExpiryRules } from '../expiry/expiry.js';
import type { StoreClock } from '../expiry/store-clock.js';
import { touchRecord } from '../procedures/touch-record.js';
import { hashOf } from '../secrets/hash.js';
import { type Seal, SIGNATURE_LENGTH } from '../secrets/seal.js';
import { newVersion, VERSION_LENGTH } from '../secrets/version.js';
import type { CookieData, SessionFields } from '../sessions.js';
import {
  type Content,
  type EndMove,
  type Format,
  type Found,
  type IndexRef,
  type Loaded,
  type Pointers,
  type Stored,
  textOf,
} from './format.js';

const END_AT = '{"end":'.length;
/** A date has at most this many digits. */
const END_WIDTH = 16;
const SEEN_WIDTH = 13;
const VERSION_AT = END_AT + END_WIDTH + ',"seen":'.length + SEEN_WIDTH + ',"v":"'.length;
const SIGNATURE_FIELD = ',"m":""'.length + SIGNATURE_LENGTH;
const SEALED_VERSION_AT = VERSION_AT + SIGNATURE_FIELD;
const BODY_AT = VERSION_AT + VERSION_LENGTH + '","s":'.length;

/** What follows the stamp, whether that is signed or not. */
const NEXT_FIELD = ',"v":"';
const POINTER_FIELD = ',"p":"';
const POINTERS: Pointers = {
  headLength: SEALED_VERSION_AT,
  isOne: (head) =>
    [VERSION_AT, SEALED_VERSION_AT].some((at) =>
      head.startsWith(POINTER_FIELD, at - POINTER_FIELD.length),
    ),
};

/** Because of the braces, all keys of one session share a slot of a Redis Cluster. */
const KEY_PREFIX = 's:{';

/** When the session ends and when it was last seen. It has the same length for every session. */
function stampOf(endsAt: number, seenAt: number): string {
  const end = Number.isFinite(endsAt) ? String(endsAt) : 'null';
  return `${end.padEnd(END_WIDTH)},"seen":${String(seenAt).padEnd(SEEN_WIDTH)}`;
}

export interface MusterFormatOptions {
  readonly seal: Seal | undefined;
  /** Whether a format that seals also reads what is not sealed; `write`: whether it writes that as well. */
  readonly acceptUnsealed: boolean | 'write';
  /** The namespace of the sessions. */
  readonly prefix: string;
  readonly clock: StoreClock;
}

export class MusterFormat implements Format {
  readonly keyPrefix = KEY_PREFIX;
  readonly keysAreIds = false;
  readonly pointers = POINTERS;
  readonly #clock: StoreClock;
  readonly #rules: ExpiryRules;
  /** Opens what is sealed. */
  readonly #seal: Seal | undefined;
  /** Seals what is written. */
  readonly #sealing: Seal | undefined;
  readonly #acceptUnsealed: boolean;
  readonly #namespace: string;
  readonly #versionAt: number;

  constructor(rules: ExpiryRules, { seal, acceptUnsealed, prefix, clock }: MusterFormatOptions) {
    this.#clock = clock;
    this.#rules = rules;
    this.#seal = seal;
    this.#sealing = acceptUnsealed === 'write' ? undefined : seal;
    this.#acceptUnsealed = acceptUnsealed !== false;
    this.#namespace = prefix;
    this.#versionAt = this.#sealing ? SEALED_VERSION_AT : VERSION_AT;
  }

  get endIsSealed(): boolean {
    return this.#seal !== undefined;
  }

  keyOf(id: string): string {
    return this.keyOfHash(hashOf(id));
  }

  keyOfHash(hash: string): string {
    return `${KEY_PREFIX}${hash}}`;
  }

  write(key: string, content: Content): { text: string; stored: Stored } {
    const { data, ...rest } = content;
    const { id, createdAt, indexRef, cookie, endsAt, seenAt, movedTo } = rest;
    const version = newVersion();
    const about = JSON.stringify({
      id,
      made: createdAt,
      place: listOf(indexRef),
      to: movedTo,
      cookie,
    });
    const body = `${about.slice(0, -1)},"data":${data}}`;
    const sealed = this.#sealing?.close(body, this.#contextOf(key, version));
    const main = sealed === undefined ? `"s":${body}` : `"e":"${sealed}"`;
    const name = movedTo === undefined ? 'v' : 'p';
    const text = `{"end":${this.#stamp(key, endsAt, seenAt)},"${name}":"${version}",${main}}`;
    const mark = { at: this.#versionAt, text: version };
    return { text, stored: { ...rest, body, mark } };
  }

  find(texts: Texts, key: string): Promise<Found | undefined> {
    return texts.get(key);
  }

  read(key: string, found: Found): Loaded | undefined {
    const text = textOf(found);
    const outer = parse(text);
    if (!isObject(outer)) return undefined;
    const { end, seen, v, p: version = v } = outer;
    if (typeof version !== 'string') return undefined;
    const isSealed = 'e' in outer;
    const body = isSealed ? this.#opened(key, text, outer) : this.#unsealed(text);
    const inner = isSealed ? parse(body) : outer.s;
    if (body === undefined || !isObject(inner)) return undefined;
    const versionAt = isSealed ? SEALED_VERSION_AT : VERSION_AT;
    const { id, made, to, data, cookie } = inner;
    const isSound =
      (typeof end === 'number' || end === null) &&
      typeof seen === 'number' &&
      typeof id === 'string' &&
      typeof made === 'number' &&
      isObject(data) &&
      text.startsWith(version, versionAt) &&
      body.startsWith('{"id"');
    if (!isSound) return undefined;
    const endsAt = end ?? Infinity;
    const stored = {
      id,
      endsAt,
      seenAt: seen,
      createdAt: made,
      // The stored cookie has the end with which it was saved.
      cookie: isObject(cookie) ? this.#withEnd(cookie, this.#clock.toLocal(endsAt)) : undefined,
      movedTo: typeof to === 'string' ? to : undefined,
      indexRef: indexRefOf(inner.place),
      body,
      mark: { at: versionAt, text: version },
    };
    return { stored, fields: data };
  }

  fieldsOf({ body }: Stored): SessionFields {
    return JSON.parse(body).data;
  }

  hasData({ body }: Stored, data: string): boolean {
    // Only the whole of the fields can end like this: part of them would leave a brace open.
    return body.endsWith(`,"data":${data}}`);
  }

  moveEnd(texts: Texts, key: string, move: EndMove): Promise<boolean> {
    const stamp = this.#stamp(key, move.endsAt, move.now);
    const layout = { at: END_AT, width: END_WIDTH, next: NEXT_FIELD };
    return texts.run(touchRecord, [key], { ...move, stamp, ...layout });
  }

  mustRewrite({ mark }: Stored): boolean {
    return mark.at !== this.#versionAt;
  }

  /** `undefined` if only sealed texts may be read. */
  #unsealed(text: string): string | undefined {
    return this.#seal && !this.#acceptUnsealed ? undefined : text.slice(BODY_AT, -1);
  }

  /** The decrypted body, if one of our secrets made all of the text, and made it for this key. */
  #opened(key: string, text: string, outer: SessionFields): string | undefined {
    const { end, seen, m: signature, e: sealed } = outer;
    const name = 'p' in outer ? 'p' : 'v';
    const version = outer[name];
    const seal = this.#seal;
    if (!seal || typeof sealed !== 'string' || typeof version !== 'string') return undefined;
    if (typeof signature !== 'string' || typeof seen !== 'number') return undefined;
    if (end !== null && typeof end !== 'number') return undefined;
    const stamp = stampOf(end ?? Infinity, seen);
    // Character by character: if a name is there twice, JSON takes the last one.
    const whole = `{"end":${stamp},"m":"${signature}","${name}":"${version}","e":"${sealed}"}`;
    if (whole !== text || !seal.isSigned(this.#contextOf(key, stamp), signature)) return undefined;
    return seal.open(sealed, this.#contextOf(key, version));
  }

  #stamp(key: string, endsAt: number, seenAt: number): string {
    const stamp = stampOf(endsAt, seenAt);
    const seal = this.#sealing;
    return seal ? `${stamp},"m":"${seal.sign(this.#contextOf(key, stamp))}"` : stamp;
  }

  #contextOf(key: string, what: string): string {
    return JSON.stringify([this.#namespace, key, what]);
  }

  /** The stored cookie has the end with which it was saved. A cookie without an end has none after a touch, either. */
  #withEnd(cookie: SessionFields, endsAt: number): CookieData {
    const end = this.#rules.endOf(cookie);
    if (end === undefined || Math.ceil(end) === endsAt || endsAt === Infinity) return cookie;
    return this.#rules.withEnd(cookie, endsAt);
  }
}

function listOf(indexRef: IndexRef | undefined) {
  if (!indexRef) return undefined;
  const { user, until, token, lineage } = indexRef;
  return [user, Number.isFinite(until) ? until : null, token, lineage];
}

function indexRefOf(list: unknown): IndexRef | undefined {
  if (!Array.isArray(list)) return undefined;
  const [user, until, token, lineage] = list;
  if (typeof user !== 'string' || typeof token !== 'string') return undefined;
  return {
    user,
    until: typeof until === 'number' ? until : Infinity,
    token,
    lineage: typeof lineage === 'string' ? lineage : undefined,
  };
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is SessionFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
