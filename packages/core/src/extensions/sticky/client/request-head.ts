// The headers of the first request on a connection, which identify the client. They are only read: the worker gets the
// request unchanged.

export interface RequestHead {
  /** The values of all headers with this name, joined; `undefined` if there are none. */
  header(name: string): string | undefined;
}

/** `undefined` if the end of the head has not arrived yet. Bytes that are not HTTP give a head without headers at once. */
export function readHead(bytes: Buffer): RequestHead | undefined {
  if (bytes.length === 0) return undefined;
  if (!isHttp(bytes)) return withoutHeaders;
  const text = bytes.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  if (end < 0) return undefined;
  const lines = text.slice(0, end).split(/\r?\n/).slice(1);
  return {
    header(name) {
      const values = lines.flatMap((line) => {
        const [, key, value = ''] = line.match(/^([^:]+):(.*)$/) ?? [];
        return key?.toLowerCase() === name ? [value.trim()] : [];
      });
      return values.length > 0 ? values.join(name === 'cookie' ? '; ' : ', ') : undefined;
    },
  };
}

/** A method is made of capital letters (RFC 9110, 9.1); TLS begins with 0x16. */
export function isHttp(bytes: Buffer): boolean {
  return /^[A-Z]+(?: |$)/.test(bytes.toString('latin1', 0, 16));
}

const withoutHeaders: RequestHead = { header: () => undefined };

/** The value of a cookie in a `Cookie` header; of several with that name the first, as it is sent (RFC 6265, 4.2). */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return value.replace(/^"(.*)"$/, '$1') || undefined;
  }
  return undefined;
}
