// Bodies: the payloads of a packet as text, comma after comma, so that packets join by concatenation and the
// receiver parses a whole run of messages at once.
//
// A payload with long strings in it is a list instead: its text with '' in place of each, the JSON of their keys
// (`null` for the payload itself), and the strings as they are. The frame makes JSON of a body once more, at each
// hop; a string beside it needs only that, and is copied nowhere on the way. A note of a tracer is such a string, the last one,
// with 0 as its key: what forwards a body need not know of it.

import { CorruptValueError, fromWire, toWireText } from '@muster/codec';
import { isNote } from '@muster/codec/tracing';
import { isShallow } from './json-depth.js';
import { bytesOfText, isText, joined, type Text } from './text.js';

export type Body = Text | readonly Text[];

/** From which length on a string stands beside the text, in characters. */
const LONG_CHARS = 8 * 1024;

/** How many properties of a payload are looked at. Nested properties are not. */
const MAX_PROPERTIES = 16;

/** Not in the types of ES2023; Node 20 has it. */
const { isWellFormed } = String.prototype as unknown as { isWellFormed(this: string): boolean };

/** @throws UnsupportedValueError */
export function pack(payload: unknown): Body {
  const keys = longStringsOf(payload);
  if (keys === undefined) return toWireText(payload);
  if (typeof payload === 'string') return ['""', '[null]', payload];
  const rest: Record<string, unknown> = { ...(payload as object) };
  // A getter may return something else now.
  const long = keys.filter((key) => typeof rest[key] === 'string');
  const texts = long.map((key) => rest[key] as string);
  for (const key of long) rest[key] = '';
  return [toWireText(rest), JSON.stringify(long), ...texts];
}

/** The same with a note for the receiver, which is no part of the payload. */
export function noted(body: Body, note: string | undefined): Body {
  if (note === undefined) return body;
  if (isText(body)) return [body, '[0]', note];
  const [text = '', keys = '', ...texts] = body;
  return [text, JSON.stringify([...(JSON.parse(String(keys)) as unknown[]), 0]), ...texts, note];
}

/** The note in the wire form of a payload. */
export function noteOf(wire: unknown): string | undefined {
  return wire instanceof WireWithTexts ? wire.note : undefined;
}

/** The same with a number before it: an id, or a version. */
export function prefixed(number: number, body: Body): Body {
  if (typeof body === 'string') return `${number},${body}`;
  if (isText(body)) return joined([`${number},`, body]);
  const [text = '', ...rest] = body;
  return [joined([`${number},`, text]), ...rest];
}

/** In characters; in bytes what came as such. */
export function lengthOf(body: Body): number {
  if (isText(body)) return body.length;
  return body.reduce((sum, text) => sum + text.length, 0);
}

/** As it travels, in bytes. */
export function bytesIn(body: Body): number {
  if (isText(body)) return bytesOfText(body);
  return body.reduce((sum, text) => sum + bytesOfText(text), 0);
}

export function isBody(value: unknown): value is Body {
  return isText(value) || (Array.isArray(value) && value.every(isText));
}

/** The same in strings, for a channel that carries no bytes. */
export function inStrings(body: Body): string | readonly string[] {
  return isText(body) ? String(body) : body.map(String);
}

export function isSameBody(one: Body, other: Body): boolean {
  const [texts, others] = [[inStrings(one)].flat(), [inStrings(other)].flat()];
  return texts.length === others.length && texts.every((text, i) => text === others[i]);
}

/**
 * The payloads, still in their wire form: `unpack` opens each.
 *
 * @throws SyntaxError for a body that `pack` did not write.
 */
export function split(body: Body): unknown[] {
  if (isText(body)) return parse(`[${body}]`) as unknown[];
  const [text = '', keys = '', ...texts] = inStrings(body);
  const wires = parse(`[${text}]`) as unknown[];
  wires.push(new WireWithTexts(wires.pop(), parse(keys), texts));
  return wires;
}

/** @throws SyntaxError */
function parse(text: string): unknown {
  if (!isShallow(text)) throw new SyntaxError('It is nested too deeply');
  return JSON.parse(text);
}

/** @throws CorruptValueError */
export function unpack(wire: unknown): unknown {
  return wire instanceof WireWithTexts ? wire.unpack() : fromWire(wire);
}

/** The ids in a body of pairs; none for any other body. */
export function idsOf(body: Body): number[] {
  try {
    return split(body).filter((id, i): id is number => i % 2 === 0 && Number.isSafeInteger(id));
  } catch {
    return [];
  }
}

/** A wire form, and texts to be put into it. */
class WireWithTexts {
  readonly #wire: unknown;
  readonly #keys: unknown;
  readonly #texts: readonly string[];
  readonly note: string | undefined;

  constructor(wire: unknown, keys: unknown, texts: readonly string[]) {
    this.#wire = wire;
    const isNoted = Array.isArray(keys) && keys.length === texts.length && keys.at(-1) === 0;
    this.#keys = isNoted ? keys.slice(0, -1) : keys;
    this.#texts = isNoted ? texts.slice(0, -1) : texts;
    const note = isNoted ? texts.at(-1) : undefined;
    this.note = isNote(note) ? note : undefined;
  }

  unpack(): unknown {
    const keys = this.#keys;
    if (!Array.isArray(keys) || keys.length !== this.#texts.length) {
      throw new CorruptValueError('the texts that came with it are not as many as their keys');
    }
    const value = fromWire(this.#wire);
    if (keys[0] === null) return this.#texts[0];
    this.#texts.forEach((text, i) => {
      const key: unknown = keys[i];
      const fits = typeof key === 'string' && typeof value === 'object' && value !== null;
      // Own properties only, and those of a value that was checked: no prototype is touched.
      if (!fits || !Object.hasOwn(value, key)) {
        throw new CorruptValueError('it has no place for a text that came with it');
      }
      (value as Record<string, unknown>)[key] = text;
    });
    return value;
  }
}

/** The keys of the long strings in a payload, if it has any. */
function longStringsOf(payload: unknown): string[] | undefined {
  if (typeof payload === 'string') return isLong(payload) ? [] : undefined;
  if (typeof payload !== 'object' || payload === null) return undefined;
  if (Object.getPrototypeOf(payload) !== Object.prototype) return undefined;
  let keys: string[] | undefined;
  let looked = 0;
  for (const key in payload) {
    if (++looked > MAX_PROPERTIES) break;
    const value = (payload as Record<string, unknown>)[key];
    if (typeof value !== 'string' || !isLong(value)) continue;
    keys ??= [];
    keys.push(key);
  }
  return keys;
}

/** Half of a surrogate pair alone survives only in JSON. */
function isLong(text: string): boolean {
  return text.length >= LONG_CHARS && isWellFormed.call(text);
}
