import { describe, expect, it } from 'vitest';
import {
  clientAddress,
  networkOf,
  trustIn,
} from '../../dist/extensions/sticky/client/client-address.js';
import { clientKeys } from '../../dist/extensions/sticky/client/client-key.js';
import { rank } from '../../dist/extensions/sticky/client/rendezvous.js';
import { cookieIn, readHead } from '../../dist/extensions/sticky/client/request-head.js';

describe('the slot of a client', () => {
  const clients = Array.from({ length: 10_000 }, (_, n) => `10.${n >> 8}.${n & 255}.7`);
  const homes = (slots: number[]) => clients.map((client) => rank(client, slots)[0]);

  it('is the same every time, in whatever order the slots are named', () => {
    expect(homes([0, 1, 2, 3])).toEqual(homes([3, 1, 0, 2]));
  });

  it.each([2, 3, 4, 7, 16])('is as likely as any other of %d', (count) => {
    const found = homes(Array.from({ length: count }, (_, slot) => slot));
    for (let slot = 0; slot < count; slot++) {
      const share = found.filter((home) => home === slot).length / (clients.length / count);
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    }
  });

  it('changes for those alone whose slot goes, and they come back with it', () => {
    const before = homes([0, 1, 2, 3]);
    const without = homes([0, 1, 3]);
    before.forEach((home, client) => {
      if (home !== 2) expect(without[client]).toBe(home);
    });
    expect(new Set(without.filter((_, client) => before[client] === 2)).size).toBe(3);
  });

  it('changes to a new slot only', () => {
    const before = homes([0, 1, 2]);
    const moved = homes([0, 1, 2, 3]).filter((home, client) => home !== before[client]);
    expect(new Set(moved)).toEqual(new Set([3]));
    expect(moved.length / clients.length).toBeLessThan(0.3);
  });

  it('is one of those that are there', () => {
    expect(rank('x', [])).toEqual([]);
    expect(rank('x', [5])).toEqual([5]);
    expect(rank('x', [4, 2, 9]).sort()).toEqual([2, 4, 9]);
  });
});

describe('the address of a client', () => {
  const trusts = trustIn(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

  it.each<[string, string, string | undefined, string]>([
    ['no proxy', '8.8.8.8', undefined, '8.8.8.8'],
    ['a stranger who claims to be one', '8.8.8.8', '1.1.1.1', '8.8.8.8'],
    ['a proxy', '127.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['a chain of proxies', '10.1.1.1', '1.1.1.1, 10.9.9.9', '1.1.1.1'],
    ['a client that makes up a part of it', '10.1.1.1', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['a proxy of IPv6', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['with a port', '10.1.1.1', '1.1.1.1:4711', '1.1.1.1'],
    ['in brackets with a port', '10.1.1.1', '[2001:db8::1]:80', '2001:db8::1'],
    ['a proxy that says nothing', '10.1.1.1', undefined, '10.1.1.1'],
    ['nonsense', '10.1.1.1', 'unknown', '10.1.1.1'],
    ['proxies all the way', '10.1.1.1', '10.2.2.2, 10.3.3.3', '10.2.2.2'],
    ['empty', '10.1.1.1', ' , ', '10.1.1.1'],
  ])('%s', (_what, peer, forwardedFor, client) => {
    expect(clientAddress(peer, forwardedFor, trusts)).toBe(client);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8', '::1/129'])(
    'has no trusted proxy %j',
    (network) => {
      expect(() => trustIn([network])).toThrow(/sticky.trustedProxies/);
    },
  );
});

describe('the first request of a connection', () => {
  const read = (text: string) => readHead(Buffer.from(text, 'latin1'));

  it.each(['', 'GET', 'GET / HTTP/1.1\r\nhost: a', 'GET / HTTP/1.1\r\nhost: a\r\n'])(
    'is waited for: %j',
    (text) => {
      expect(read(text)).toBeUndefined();
    },
  );

  it.each(['\x16\x03\x01', 'get / ', '\r\n', '\0', 'G3T'])('is not HTTP: %j', (text) => {
    expect(read(text)?.header('cookie')).toBeUndefined();
  });

  it('has its headers, those of one name together', () => {
    const head = read(
      'POST /a HTTP/1.1\r\nHost: b\r\nX-Forwarded-For: 1.1.1.1\r\nno colon\r\nx-forwarded-for:2.2.2.2\r\n' +
        'COOKIE: a=1\r\ncookie: b=2\r\n\r\ncookie: c=3\r\n\r\n',
    );
    expect(head?.header('host')).toBe('b');
    expect(head?.header('x-forwarded-for')).toBe('1.1.1.1, 2.2.2.2');
    expect(head?.header('cookie')).toBe('a=1; b=2');
    expect(head?.header('accept')).toBeUndefined();
  });

  it.each([
    ['sid=abc', 'abc'],
    ['a=1; sid=abc; b=2', 'abc'],
    ['sid="a b"', 'a b'],
    ['sid=a=b', 'a=b'],
    ['sid=1; sid=2', '1'],
    ['xsid=1', undefined],
    ['sid=', undefined],
    ['sid', undefined],
    [undefined, undefined],
  ])('has the cookie of %j', (header, value) => {
    expect(cookieIn(header, 'sid')).toBe(value);
  });
});

describe('what makes a connection that of a client', () => {
  const head = readHead(
    Buffer.from('GET / HTTP/1.1\r\nCookie: sid=me\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n'),
  );

  it.each([
    { given: { by: 'ip' as const }, peer: '8.8.8.8', needs: false, key: '8.8.8.8' },
    {
      given: { by: 'ip' as const, trustedProxies: ['8.8.8.8'] },
      peer: '8.8.8.8',
      needs: true,
      key: '1.1.1.1',
    },
    { given: { by: 'cookie' as const, name: 'sid' }, peer: '8.8.8.8', needs: true, key: 'me' },
    { given: { by: 'cookie' as const, name: 'no' }, peer: '8.8.8.8', needs: true, key: '8.8.8.8' },
  ])('$given: $key', ({ given, peer, needs, key }) => {
    const keys = clientKeys(given);
    expect(keys.needsHead(peer)).toBe(needs);
    expect(keys.keyOf(peer, head)).toBe(key);
  });

  it('comes from a network, if it is not that of a trusted proxy', () => {
    const keys = clientKeys({ by: 'cookie', name: 'sid', trustedProxies: ['10.0.0.0/8'] });
    expect(keys.sourceOf('::ffff:8.8.8.8')).toBe('8.8.8.8');
    expect(keys.sourceOf('::ffff:10.1.1.1')).toBeUndefined();
    expect(keys.sourceOf('2001:db8:1:2::9')).toBe(keys.sourceOf('2001:db8:1:2:3:4:5:6'));
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::5', '2001:db8:0:0'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s is in the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('of this machine is of a network as well', () => {
    expect(networkOf('::1')).toBe(networkOf('::2'));
  });
});
