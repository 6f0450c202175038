/**
 * What is refused before anything is looked up: pure functions of a request. The admin endpoint has checked the Host by then.
 *
 * - A browser sends `Origin` with every request of another page that could change something, and with each to another origin that
 *   it lets scripts read. So a foreign one is refused, `null` (a sandboxed frame, a file) among them.
 * - `Sec-Fetch-Site` tells the same about requests without an Origin, such as those of images and links.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

const FOREIGN: Refusal = { status: 403, message: 'A page of another origin cannot ask here.' };

/** @param headers of a request for data, or of one that does something */
export function foreignPage({
  host,
  origin,
  'sec-fetch-site': site,
}: IncomingHttpHeaders): Refusal | undefined {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return FOREIGN;
  if (origin === undefined) return undefined;
  return host !== undefined && originHost(origin) === host.toLowerCase() ? undefined : FOREIGN;
}

/** With TLS in front of the admin endpoint, the page's origin is https, and ours is not. */
function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** The value of the first cookie of that name; `''` if there is none. */
export function cookieOf(header: string | undefined, name: string): string {
  for (const pair of (header ?? '').split(';')) {
    const [key = '', value = ''] = pair.split('=', 2);
    if (key.trim() === name) return value.trim();
  }
  return '';
}
