/**
 * Which names the admin endpoint answers to. A page in somebody's browser may have its own name resolve to this machine
 * (DNS rebinding): the browser then lets the page read what is answered here. What gives it away is the Host header, which
 * has that name. Names that nobody else can have resolve are answered: those of loopback, addresses, and what the operator
 * has said.
 */
import { isIP } from 'node:net';

export type HostCheck = (host: string | undefined) => boolean;

/** `allowed`: names; one that begins with a dot stands for all names below it as well. */
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

/** RFC 6761, 6.3: nobody can register them, and they mean loopback everywhere. */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Names have no case, and may end with the dot of the root. */
function plain(name: string): string {
  return name.toLowerCase().replace(/(?<=.)\.$/, '');
}
