/**
 * The format of connect-redis: JSON of the whole session, under its id. The cookie's `expires` is that of the last save; the
 * session ends when Redis drops it.
 */
import { type Texts, touch } from '@muster/store/procedures';
import { cookieRules } from '../expiry/expiry.js';
import type { StoreClock } from '../expiry/store-clock.js';
import { readWithEnd } from '../procedures/read-with-end.js';
import { WHOLE } from '../procedures/swap-record.js';
import type { SessionFields } from '../sessions.js';
import {
  type Content,
  type EndMove,
  type Format,
  type Found,
  type Loaded,
  type Stored,
  textOf,
} from './format.js';

const MAX_ID_BYTES = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** connect-redis rounds up to whole seconds. */
const ROUNDING_MS = 1_000;

export const connectRedisFormat = (clock: StoreClock): Format => ({
  keyPrefix: '',
  keysAreIds: true,
  pointers: undefined,
  endIsSealed: false,

  keyOf(id) {
    const isKey = id !== '' && Buffer.byteLength(id) <= MAX_ID_BYTES && !LONE_SURROGATE.test(id);
    return isKey ? id : undefined;
  },

  keyOfHash: () => undefined,

  write(_key, content: Content) {
    const { data, ...rest } = content;
    const cookie = content.cookie && `"cookie":${JSON.stringify(content.cookie)}`;
    const fields = data.slice(1, -1);
    const text = `{${[cookie, fields].filter(Boolean).join(',')}}`;
    return { text, stored: { ...rest, body: text, mark: { at: WHOLE, text } } };
  },

  async find(texts: Texts, key): Promise<Found | undefined> {
    const found = await texts.run(readWithEnd, [key], undefined);
    if (found) return { text: found.text, endsAt: clock.now() + found.leftMs };
    return undefined;
  },

  read(key, found): Loaded | undefined {
    const text = textOf(found);
    const dropsAt = typeof found === 'string' ? Infinity : found.endsAt;
    const session = parse(text);
    if (!session) return undefined;
    const { cookie, ...fields } = session;
    const known = isObject(cookie) ? cookie : undefined;
    const localEnd = cookieRules.endOf(known);
    const end = localEnd === undefined ? undefined : localEnd + clock.aheadMs;
    const isAsSaved = end !== undefined && Math.abs(dropsAt - end) <= ROUNDING_MS;
    const endsAt = isAsSaved || (end !== undefined && dropsAt === Infinity) ? end : dropsAt;
    const stored: Stored = {
      id: key,
      cookie:
        known && end !== undefined ? cookieRules.withEnd(known, clock.toLocal(endsAt)) : known,
      endsAt,
      seenAt: clock.now(),
      createdAt: clock.now(),
      indexRef: undefined,
      body: text,
      mark: { at: WHOLE, text },
    };
    return { stored, fields };
  },

  fieldsOf({ body }): SessionFields {
    const { cookie: _, ...fields } = JSON.parse(body);
    return fields;
  },

  hasData(stored, data) {
    return JSON.stringify(this.fieldsOf(stored)) === data;
  },

  mustRewrite: () => false,

  moveEnd(texts: Texts, key, { lifetime }: EndMove) {
    return texts.run(touch, [key], lifetime);
  },
});

function parse(text: string): SessionFields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is SessionFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
