/**
 * The token of a console, and the sessions that it opens. A session is a random id and its signatures by a secret of this primary:
 * nothing is kept for it, however many there are, and all end with the primary.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface ConsoleSession {
  readonly cookie: string;
  readonly key: string;
}

export class ConsoleKeys {
  /** 32 characters, of 192 random bits: nobody guesses it. */
  readonly token = randomBytes(24).toString('base64url');
  readonly #secret = randomBytes(32);

  acceptsToken(given: string): boolean {
    return this.#isSame(given, this.token);
  }

  openSession(): ConsoleSession {
    const id = randomBytes(16).toString('base64url');
    const cookie = `${id}.${this.#sign('cookie', id)}`;
    return { cookie, key: this.#sign('key', id) };
  }

  /** Both halves: the browser sends the cookie to every server of this host, and shows the key to none of them. */
  accepts(cookie: string, key: string): boolean {
    const [id = '', signature = ''] = cookie.split('.', 2);
    const cookieIsRight = this.#isSame(signature, this.#sign('cookie', id));
    return this.#isSame(key, this.#sign('key', id)) && cookieIsRight;
  }

  #sign(purpose: string, text: string): string {
    return createHmac('sha256', this.#secret).update(`${purpose} ${text}`).digest('base64url');
  }

  /** Takes the same time for all texts of one length: signatures are compared, about which a guess tells nothing. */
  #isSame(one: string, other: string): boolean {
    const signed = [one, other].map((text) => Buffer.from(this.#sign('compare', text)));
    return timingSafeEqual(signed[0] as Buffer, signed[1] as Buffer);
  }
}
