// Where a proxy leads, and how its own address looks.
import { check, checkNames, whole } from '../checks.js';

export const OWN_HOST = '127.0.0.1';

/** Of URLs that name none. */
const PORTS: Readonly<Record<string, number>> = {
  'redis:': 6379,
  'rediss:': 6379,
  'http:': 80,
  'https:': 443,
};

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly url?: URL;
}

/** @throws InvalidOptionError */
export function upstreamOf(to: unknown): Upstream {
  const is = 'an address such as redis://127.0.0.1:6379, or { host, port }';
  if (typeof to === 'object' && to !== null && !(to instanceof URL)) {
    checkNames('to', to, { known: new Set(['host', 'port']) });
    const { host = OWN_HOST, port } = to as { host?: string; port: number };
    check('to.host', host, 'a string', typeof host === 'string');
    return { host, port: whole('to.port', port, { min: 1, max: 65_535 }) };
  }
  const url = URL.canParse(String(to)) ? new URL(String(to)) : undefined;
  const port = url?.port ? Number(url.port) : PORTS[url?.protocol ?? ''];
  check('to', to, is, Boolean(url?.hostname && port));
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? OWN_HOST;
  return { host, port: port ?? 0, url: url as URL };
}

/** The host of a URL of any scheme can be set only in its text. */
export function addressed(url: URL | undefined, port: number): string {
  if (!url) return `tcp://${OWN_HOST}:${port}`;
  const before = url.href.slice(0, url.href.indexOf('//') + 2);
  const user = url.username || url.password ? `${url.username}:${url.password}@` : '';
  return `${before}${user}${OWN_HOST}:${port}${url.pathname}${url.search}`;
}
