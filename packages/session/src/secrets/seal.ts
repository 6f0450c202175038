// Encryption at rest: AES-256-GCM with a key from each secret, and HMAC-SHA256, with another key, for what stays readable.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { InvalidOptionError } from '@muster/store';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_SECRET_LENGTH = 32;
const SIGNATURE_BYTES = 16;

/** Characters of base64url. */
export const SIGNATURE_LENGTH = 22;

interface Key {
  /** Says which secret a text was encrypted with, and nothing about it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly signing: Uint8Array;
}

export class Seal {
  readonly #keys: ReadonlyMap<string, Key>;
  readonly #first: Key;

  /** @throws InvalidOptionError */
  constructor(secrets: string | readonly string[]) {
    const list: unknown = typeof secrets === 'string' ? [secrets] : secrets;
    if (!Array.isArray(list)) {
      throw new InvalidOptionError(
        `A session store's secrets are one text or an array of texts, and not ${kindOf(secrets)}`,
      );
    }
    const keys = list.map(keyOf);
    const [first] = keys;
    if (!first) throw new InvalidOptionError('secrets must have at least one secret');
    this.#first = first;
    this.#keys = new Map(keys.map((key) => [key.name, key]));
  }

  /** @param context what the text belongs to: it can be opened for that and for nothing else. */
  close(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#first.bytes, nonce).setAAD(Buffer.from(context));
    const parts = [nonce, cipher.update(text, 'utf8'), cipher.final()];
    parts.push(cipher.getAuthTag());
    return `${this.#first.name}.${Buffer.concat(parts).toString('base64url')}`;
  }

  /** A signature of the text, which takes the first secret. */
  sign(text: string): string {
    return signatureOf(this.#first, text).toString('base64url');
  }

  /** Whether one of the secrets made this signature of the text. */
  isSigned(text: string, signature: string): boolean {
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== SIGNATURE_BYTES) return false;
    return [...this.#keys.values()].some((key) => timingSafeEqual(signatureOf(key, text), given));
  }

  /** @returns the text; `undefined` if no secret opens it. */
  open(sealed: string, context: string): string | undefined {
    const [name = '', body = ''] = sealed.split('.');
    const key = this.#keys.get(name);
    const bytes = Buffer.from(body, 'base64url');
    if (!key || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const tagAt = bytes.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(tagAt));
      const opened = decipher.update(bytes.subarray(NONCE_BYTES, tagAt));
      return Buffer.concat([opened, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

function signatureOf({ signing }: Key, text: string): Buffer {
  return createHmac('sha256', signing).update(text).digest().subarray(0, SIGNATURE_BYTES);
}

/** The type, not the value: that may be a secret all the same. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`;
}

function keyOf(secret: string): Key {
  if (typeof secret !== 'string' || secret.length < LEAST_SECRET_LENGTH) {
    const reason = `must be a text of at least ${LEAST_SECRET_LENGTH} characters`;
    throw new InvalidOptionError(`Each of a session store's secrets ${reason}`);
  }
  const bytes = new Uint8Array(hkdfSync('sha256', secret, '', 'muster session', 32));
  const name = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
  const signing = new Uint8Array(hkdfSync('sha256', secret, '', 'muster session stamp', 32));
  return { name, bytes, signing };
}
