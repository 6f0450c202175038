// Where a cluster serves, out of its status.
import type { ClusterStatus } from '@muster/core';

/** The addresses of a status are URLs of HTTP servers, `host:port`, `udp host:port`, and paths. */
const TCP = /^(?:(https?):\/\/)?(\[[^\]]+\]|[^/[\]\s:]+):(\d+)$/;

/** Of a server that listens on all addresses, one of this machine. */
const OWN: Readonly<Record<string, string>> = {
  '0.0.0.0': '127.0.0.1',
  '[::]': 'localhost',
  '*': 'localhost',
};

export interface Address {
  readonly url: string;
  readonly port: number;
}

/** The first that is TCP; `undefined` if there is none. */
export function addressIn({ addresses }: Pick<ClusterStatus, 'addresses'>): Address | undefined {
  for (const address of addresses) {
    const [, scheme = 'http', host = '', port = ''] = TCP.exec(address) ?? [];
    if (port !== '') return { url: `${scheme}://${OWN[host] ?? host}:${port}`, port: Number(port) };
  }
  return undefined;
}

/** @param port as a program has printed it */
export function addressOfPort(port: string | undefined): Address | undefined {
  const number = Number(port);
  const isPort = Number.isInteger(number) && number > 0 && number < 65_536;
  return isPort ? { url: `http://127.0.0.1:${number}`, port: number } : undefined;
}
