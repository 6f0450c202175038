// What is nested too deeply is not parsed: neither a body by whom it is for, nor a line of the channel by the primary.

import { expect, test } from 'vitest';
import { split } from '../dist/wire/body.js';
import { JsonDepth } from '../dist/wire/json-depth.js';

const MIB = 1024 * 1024;
const long = 'x'.repeat(MIB);

const shallow: [string, string][] = [
  ['brackets in a text', `"${'['.repeat(2 * MIB)}"`],
  ['an escaped quote in a text', JSON.stringify(`"${'{'.repeat(2 * MIB)}`)],
  ['an escaped backslash at the end of a text', `"${long}\\\\",[[1]]`],
  ['many beside each other', `[${'[[[]]],'.repeat(200_000)}[]]`],
];

test.each(shallow)('%s: is parsed', (_, text) => {
  expect(split(text)).toEqual(JSON.parse(`[${text}]`));
});

const deep: [string, string][] = [
  ['arrays', '['.repeat(2 * MIB)],
  ['objects', '{"a":'.repeat(MIB)],
  ['arrays that end', `${'['.repeat(MIB)}${']'.repeat(MIB)}`],
  ['after a text that ends with a backslash', `"${long}\\\\",${'['.repeat(MIB)}`],
];

test.each(deep)('%s without end: is not', (_, text) => {
  const before = process.memoryUsage().rss;
  expect(() => split(text)).toThrow('nested too deeply');
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB);
});

test('however it is cut', () => {
  const whole = JSON.stringify({ 'a"': '\\', b: [{ '[': 'x\\"[{' }] });
  // Three levels are open.
  const text = whole.slice(0, -3);
  for (let at = 0; at < text.length; at++) {
    const depth = new JsonDepth();
    const part = (from: string) => depth.takes(from.length, (i) => from.charCodeAt(i));
    part(text.slice(0, at));
    part(text.slice(at));
    expect(part('['.repeat(50_000 - 3))).toBe(true);
    expect(part('[')).toBe(false);
  }
});
