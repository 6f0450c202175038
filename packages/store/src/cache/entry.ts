// The stored form of a cached value: its expiry times, the versions of its tags, and the value itself.
import type { ValueCodec } from '../entries/value-codec.js';

/** Versions by tag. A tag without a version was invalidated. */
export type TagVersions = ReadonlyMap<string, string | undefined>;

export interface CacheEntry {
  /** Milliseconds on the engine's clock, as the loading process knew it; may be `Infinity`. */
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly graceUntil: number;
  readonly tags: TagVersions;
  /** The value as the codec writes it; empty for `undefined`. */
  readonly text: string;
}

/** One line of numbers and tags, and the text of the value: `<fresh> <stale> <grace> [[tag, version], …]`. */
export function formatEntry({
  freshUntil,
  staleUntil,
  graceUntil,
  tags,
  text,
}: CacheEntry): string {
  const versions = tags.size > 0 ? JSON.stringify([...tags]) : '';
  return `${freshUntil} ${staleUntil} ${graceUntil} ${versions}\n${text}`;
}

export const NO_TAGS: TagVersions = new Map();

/** @returns `undefined` if the text is not an entry: the value is loaded anew. */
export function parseEntry(text: string): CacheEntry | undefined {
  const end = text.indexOf('\n');
  const staleAt = text.indexOf(' ') + 1;
  const graceAt = text.indexOf(' ', staleAt) + 1;
  const tagsAt = text.indexOf(' ', graceAt) + 1;
  if (tagsAt === 0 || end < tagsAt) return undefined;
  const tags = tagsAt < end ? tagsIn(text.slice(tagsAt, end)) : NO_TAGS;
  if (!tags) return undefined;
  return {
    freshUntil: Number(text.slice(0, staleAt)),
    staleUntil: Number(text.slice(staleAt, graceAt)),
    graceUntil: Number(text.slice(graceAt, tagsAt)),
    tags,
    text: text.slice(end + 1),
  };
}

function tagsIn(json: string): TagVersions | undefined {
  try {
    return new Map(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The text of the value that a load returned. */
export function textFrom(codec: ValueCodec, key: string, value: unknown): string {
  return value === undefined ? '' : codec.encode(key, value);
}

export function valueFrom(codec: ValueCodec, key: string, text: string): unknown {
  return text === '' ? undefined : codec.decode(key, text);
}
