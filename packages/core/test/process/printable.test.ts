import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../dist/supervisor/status/command-line.js';
import { shortStderr } from '../../dist/supervisor/status/short-stderr.js';
import { printable } from '../../dist/text/printable.js';

describe('text of others, printable', () => {
  it.each([
    { what: 'plain text', text: 'hello, 世界 👋', shown: 'hello, 世界 👋' },
    {
      what: 'colours',
      text: '\u001b[31mred\u001b[39m \u001b[1;38;5;9mbold\u001b[0m',
      shown: 'red bold',
    },
    { what: 'what moves the cursor', text: 'a\u001b[2J\u001b[1;1Hb', shown: 'ab' },
    {
      what: 'a link',
      text: '\u001b]8;;http://a.example\u0007there\u001b]8;;\u0007',
      shown: 'there',
    },
    { what: 'a sequence that is cut off', text: 'a\u001b[3\u001b', shown: 'a?' },
    { what: 'another line', text: 'a\r\nb\rc\u2028d\u0085e', shown: 'a??b?c?d?e' },
    { what: 'a tab', text: '\tat main.go', shown: '  at main.go' },
    { what: 'another direction', text: 'a\u202eb', shown: 'a?b' },
    { what: 'a bell, and a zero', text: '\u0007\u0000', shown: '??' },
  ])('$what', ({ text, shown }) => expect(printable(text)).toBe(shown));

  it('in bounds, and with no half of a character', () => {
    expect(printable('x'.repeat(1_000_000))).toHaveLength(1_000);
    expect(printable('abcdef', 4)).toBe('abc…');
    expect(printable('ab👋cd', 4)).toBe('ab…');
    expect(printable(`${'\u001b[31m'.repeat(1_000)}red`, 10).length).toBeLessThanOrEqual(10);
  });
});

describe('what is said of a crash in three lines', () => {
  const STACK = [
    '    at first (/srv/a.js:1:2)',
    '    at second (/srv/b.js:3:4)',
    '    at third (c.js:5:6)',
  ];
  it.each([
    { what: 'nothing', stderr: [], said: [] },
    { what: 'less', stderr: ['a', '', 'b'], said: ['a', 'b'] },
    { what: 'text', stderr: ['a', 'b', 'c', 'd'], said: ['b', 'c', 'd'] },
    {
      what: 'an uncaught error',
      stderr: ['/srv/a.js:1', 'throw x', '^', '', 'Error: no', ...STACK, '', 'Node.js v20.20.0'],
      said: ['Error: no', STACK[0], STACK[1]],
    },
    {
      what: 'an uncaught error with fields',
      stderr: [
        'Error: no',
        `${STACK[0]} {`,
        "  code: 'ENO',",
        '  port: 1',
        '}',
        '',
        'Node.js v20.20.0',
      ],
      said: ['Error: no', `${STACK[0]} {`],
    },
    { what: 'a stack without its error', stderr: [...STACK], said: STACK },
    {
      what: 'only the end of one',
      stderr: ['}', 'Node.js v20.20.0'],
      said: ['}', 'Node.js v20.20.0'],
    },
    {
      what: 'colours',
      stderr: ['\u001b[31mError: no\u001b[39m', STACK[0] ?? ''],
      said: ['Error: no', STACK[0]],
    },
  ])('$what', ({ stderr, said }) => expect(shortStderr(stderr)).toEqual(said));
});

describe('a command line without secrets', () => {
  it.each([
    { args: ['node', 'app.js', '--port', '3000'], shown: ['node', 'app.js', '--port', '3000'] },
    { args: ['--token', 'abc', '-v'], shown: ['--token', '***', '-v'] },
    { args: ['--db-password=abc', 'DB_SECRET=x=y'], shown: ['--db-password=***', 'DB_SECRET=***'] },
    { args: ['--token', '--verbose'], shown: ['--token', '--verbose'] },
    { args: ['--auth='], shown: ['--auth='] },
    {
      args: ['redis://user:pa:ss@host:1/2', '--url=https://x@y/'],
      shown: ['redis://***@host:1/2', '--url=https://***@y/'],
    },
  ])('$args', ({ args, shown }) => expect(withoutSecrets(args)).toEqual(shown));
});
