import { describe, expect, it } from 'vitest';
import {
  parseAddress,
  parseBytes,
  parseDuration,
  parseDurationOrNever,
  parseMilliseconds,
  parseName,
  parseNetworks,
  parseSlot,
  parseSticky,
  parseWorkers,
} from '../../dist/command/line/arguments.js';

describe('an argument of the command line', () => {
  it.each([
    [parseDuration('500ms'), 500],
    [parseDuration('30s'), 30_000],
    [parseDuration('1.5m'), 90_000],
    [parseDuration('1h'), 3_600_000],
    [parseDuration('7d'), 604_800_000],
    [parseDurationOrNever('never'), 0],
    [parseDurationOrNever('2s'), 2_000],
    [parseMilliseconds('500'), 500],
    [parseMilliseconds('1.5s'), 1_500],
    [parseBytes('512MB'), 512_000_000],
    [parseBytes('1GiB'), 2 ** 30],
    [parseBytes('1.5gib'), 1.5 * 2 ** 30],
    [parseBytes('300M'), 300 * 2 ** 20],
    [parseSticky('ip'), { by: 'ip' }],
    [parseSticky('cookie:connect.sid'), { by: 'cookie', name: 'connect.sid' }],
    [parseNetworks('10.0.0.0/8, ::1'), ['10.0.0.0/8', '::1']],
    [parseWorkers('auto'), 'auto'],
    [parseWorkers('8'), 8],
    [parseWorkers('1..4'), { min: 1, max: 4 }],
    [parseWorkers('2..auto'), { min: 2, max: 'auto' }],
    [parseSlot('0'), 0],
    [parseName('blue-2'), 'blue-2'],
    [parseAddress('9100'), { port: 9_100 }],
    [parseAddress('0'), { port: 0 }],
    [parseAddress('0.0.0.0:9100'), { host: '0.0.0.0', port: 9_100 }],
    [parseAddress('[::1]:9100'), { host: '::1', port: 9_100 }],
  ])('becomes a value: %j', (value, expected) => expect(value).toEqual(expected));

  it.each([
    ...['', 's', '30', '-1s', '1y', '1 s', '1e3', 'Infinity'].map(
      (text) => [parseDuration, text] as const,
    ),
    ...['', '512', '0MB', '-1MB', '1PB', '1 MB', 'MB', '1e3MB'].map(
      (text) => [parseBytes, text] as const,
    ),
    ...['', '-1', '1.5', '1y'].map((text) => [parseMilliseconds, text] as const),
    ...['', 'cookie', 'cookie:', 'cookie:a b', 'IP', 'url'].map(
      (text) => [parseSticky, text] as const,
    ),
    ...['', '10.0.0.0/33', 'host', '10.0.0.0/8,'].map((text) => [parseNetworks, text] as const),
    ...[
      '',
      '0',
      '-1',
      '1.5',
      'all',
      '1e3',
      '0x10',
      '1..',
      '..4',
      '0..4',
      'auto..4',
      '1-4',
      '1...4',
      '1..4..8',
    ].map((text) => [parseWorkers, text] as const),
    ...['', '-1', 'x', '1.0'].map((text) => [parseSlot, text] as const),
    ...['', '65536', 'x', 'host:', ':1', '1:x'].map((text) => [parseAddress, text] as const),
    ...['', '.hidden', 'a/b', '..'].map((text) => [parseName, text] as const),
  ])('is refused: %o %j', (parse, text) => {
    expect(() => parse(text)).toThrow(/^Give /);
  });
});
