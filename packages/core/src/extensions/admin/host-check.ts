/**
 * Which names in the Host header the admin endpoint answers. A web page can make its own name resolve to this machine (DNS
 * rebinding), and the browser then lets the page read the answers. The Host header gives it away, because it has that name.
 * So the endpoint answers only names that nobody else can make resolve: those of loopback, IP addresses, and names that the
 * operator allows.
 */
import { isIP } from 'node:net';

export type HostCheck = (host: string | undefined) => boolean;

/** `allowed`: names. One that begins with a dot also stands for all names below it. */
export function hostCheck(allowed: readonly string[]): HostCheck {
  const names = allowed.map(plain);
  const answersTo = (name: string) =>
    names.some((one) =>
      one.startsWith('.') ? name === one.slice(1) || name.endsWith(one) : name === one,
    );
  // HTTP/1.0 has no Host, and no browser speaks it.
  return (host) => {
    if (host === undefined) return true;
    const name = plain(withoutPort(host));
    return isIP(name) !== 0 || isLoopbackName(name) || answersTo(name);
  };
}

/** Whether it can be one of `allowed`: a name, without a port. */
export function isHostName(text: string): boolean {
  return /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(text);
}

/** Nobody can register them, and they mean loopback everywhere (RFC 6761, 6.3). */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Names are case-insensitive, and may end with the dot of the root. */
function plain(name: string): string {
  return name.toLowerCase().replace(/(?<=.)\.$/, '');
}
