// A client that keeps the one cookie of a session, as a browser does.
import assert from 'node:assert/strict';

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** By their names in lower case; the empty text for one without a value. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The earliest and the latest time at which it ends; `-Infinity` for a cookie that takes another one away. */
  readonly ends: { readonly from: number; readonly to: number };
}

interface Answer {
  readonly status: number;
  /** What the app's `handle` gave. */
  readonly body: unknown;
  /** `undefined` where the response sets none. */
  readonly cookie: SetCookie | undefined;
}

export class Client {
  readonly #url: string;
  /** As for the header `Cookie`. */
  cookie: string | undefined;

  constructor(url: string, cookie?: string) {
    this.#url = url;
    this.cookie = cookie;
  }

  async get(path: string): Promise<Answer> {
    const askedAt = Date.now();
    const headers = this.cookie === undefined ? {} : { cookie: this.cookie };
    const response = await fetch(this.#url + path, { headers });
    const answeredAt = Date.now();
    const text = await response.text();
    const lines = response.headers.getSetCookie();
    assert.ok(lines.length <= 1, `${path} set ${lines.length} cookies`);
    const cookie = lines[0] === undefined ? undefined : cookieIn(lines[0], askedAt, answeredAt);
    if (cookie) {
      this.cookie = cookie.ends.to <= askedAt ? undefined : `${cookie.name}=${cookie.value}`;
    }
    const body = response.ok ? JSON.parse(text) : undefined;
    return { status: response.status, body, cookie };
  }
}

/** `Expires` counts in whole seconds, and `Max-Age` from the time at which the response comes. */
const SECOND = 1_000;

function cookieIn(line: string, askedAt: number, answeredAt: number): SetCookie {
  const [[name, value], ...rest] = line.split(';').map(pairIn) as [Pair, ...Pair[]];
  const attributes = Object.fromEntries(rest.map(([key, of]) => [key.toLowerCase(), of]));
  const { 'max-age': maxAge, expires } = attributes;
  if (maxAge !== undefined) {
    const ms = Number(maxAge) <= 0 ? -Infinity : Number(maxAge) * SECOND;
    const ends = { from: askedAt + ms, to: answeredAt + ms + SECOND };
    return { name, value, attributes, ends };
  }
  const end = expires === undefined ? Infinity : Date.parse(expires);
  return { name, value, attributes, ends: { from: end, to: end + SECOND } };
}

type Pair = [name: string, value: string];

function pairIn(text: string): Pair {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
