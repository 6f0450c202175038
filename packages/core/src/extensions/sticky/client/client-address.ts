// The address of a client, behind proxies that are trusted to name it.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { InvalidOptionError } from '../../../errors.js';

export type Trust = (address: string) => boolean;

/** `networks`: addresses, or networks such as `10.0.0.0/8` and `fd00::/8`. @throws InvalidOptionError */
export function trustIn(networks: readonly string[]): Trust {
  const list = new BlockList();
  for (const network of networks) addTo(list, network);
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function addTo(list: BlockList, network: string): void {
  const [address = '', bits, ...more] = network.split('/');
  const wrong =
    isIP(address) === 0 ||
    more.length > 0 ||
    (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128)));
  if (wrong) {
    throw new InvalidOptionError(
      `sticky.trustedProxies: ${JSON.stringify(network)} is neither an address nor a network such as "10.0.0.0/8".`,
    );
  }
  if (bits === undefined) list.addAddress(address, familyOf(address));
  else list.addSubnet(address, Number(bits), familyOf(address));
}

/**
 * The address of the client is that of the connection, unless that belongs to a trusted proxy. Then it is the last address
 * in `X-Forwarded-For` that is not a trusted proxy's; the client may have invented everything to the left of it.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusts: Trust,
): string {
  const hops = (forwardedFor ?? '').split(',').map((hop) => plainAddress(hop.trim()));
  let client = plainAddress(peer);
  while (trusts(client)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) return client;
    client = hop;
  }
  return client;
}

/** An IPv4 address itself, and the first 64 bits of one of IPv6: a single host commonly has all that follow. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = [], back = []] = address.split('::').map((part) => part.split(':'));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}

/** Removes the port and the brackets that some proxies write, and turns IPv4 in the form of IPv6 into IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
  return bare.replace(/^::ffff:([\d.]+)$/i, '$1');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
