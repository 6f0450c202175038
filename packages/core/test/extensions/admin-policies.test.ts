// Whom the admin endpoint answers, and whose connection has to go, as tables.
import { describe, expect, it } from 'vitest';
import {
  excessConnections,
  type HeldConnection,
} from '../../dist/extensions/admin/connection-policy.js';
import { hostCheck, isHostName } from '../../dist/extensions/admin/host-check.js';

describe('the Host header', () => {
  const answersTo = hostCheck(['0.0.0.0', 'Shop.internal', '.example.org']);

  it.each([
    undefined,
    'localhost',
    'LOCALHOST:9090',
    'localhost.',
    'app.localhost:80',
    '127.0.0.1:9090',
    '10.1.2.3',
    '[::1]:9090',
    '[fd00::7]',
    'shop.internal',
    'shop.internal.:9090',
    'example.org',
    'a.b.example.org:1',
  ])('%s is answered', (host) => {
    expect(answersTo(host)).toBe(true);
  });

  it.each([
    '',
    'evil.example',
    'evil.example:9090',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    'evil.shop.internal',
    'myexample.org',
    'localhost@evil.example',
    'evil.example#localhost',
    'localhost evil.example',
    '::1.evil.example',
    '[evil.example]',
    '[]',
    '.',
    ':80',
    '2130706433x',
  ])('%j is not', (host) => {
    expect(answersTo(host)).toBe(false);
  });

  it('may have the names that are names', () => {
    expect(['a', 'a.b', '.a.b', 'a.', 'my_host-1'].filter(isHostName)).toHaveLength(5);
    const bad = ['', '.', 'a:1', 'http://a', '*', 'a b', 'a/b', 'a..b', 'a,b'];
    expect(bad.filter(isHostName)).toEqual([]);
  });
});

describe('the connections that have to go', () => {
  const limits = { max: 4, maxPerAddress: 3, maxWithNew: 6, newForMs: 1_000 };
  const held = (name: string, address: string, state: HeldConnection['state'], since: number) => ({
    name,
    address,
    state,
    since,
  });
  const gone = (all: ReturnType<typeof held>[]) =>
    excessConnections(all, limits, 10_000).map(({ name }) => name);

  it.each([
    { what: 'none, within the limits', all: 'a.s a.s b.s', expected: '' },
    { what: 'the oldest of an address', all: 'a.s a.s a.s a.s', expected: '0' },
    { what: 'those of who has most', all: 'a.s b.s b.s b.s c.s', expected: '1' },
    { what: 'the silent before who reads', all: 'a.r a.s a.r a.s', expected: '1' },
    { what: 'who reads before who waits', all: 'a.w a.r a.w a.w', expected: '1' },
    { what: 'the oldest of those who wait', all: 'a.w a.w a.w a.w a.w', expected: '0 1' },
    { what: 'never who has just come, for others', all: 'a.n a.n a.n a.r a.n', expected: '' },
    { what: 'none of a crowd that has just come', all: 'a.n b.n c.n d.n a.n a.n', expected: '' },
    { what: 'the oldest of a larger one', all: 'a.n a.n a.n a.n a.n a.n a.n', expected: '0' },
    { what: 'who reads before those', all: 'a.n a.n a.n a.r a.n a.n a.n', expected: '3' },
    { what: 'those before who waits', all: 'a.w a.n a.n a.n a.n a.n a.n', expected: '1' },
  ])('are $what', ({ all, expected }) => {
    const states: Record<string, [HeldConnection['state'], number]> = {
      s: ['silent', 0],
      r: ['answered', 0],
      n: ['silent', 9_990],
      w: ['asked', 0],
    };
    const connections = all.split(' ').map((one, index) => {
      const [address = '', state = ''] = one.split('.');
      return held(String(index), address, ...(states[state] as [HeldConnection['state'], number]));
    });
    expect(gone(connections).join(' ')).toBe(expected);
  });
});
