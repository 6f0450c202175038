// The text of a package.json that `muster init` fills in.
import { expect, it } from 'vitest';
import { formatManifest, parseManifest } from '../../../src/command/init/manifest.js';

it.each([
  ['npm', '{\n  "name": "shop",\n  "a": {\n    "b": 1\n  }\n}\n'],
  ['four spaces', '{\n    "name": "shop",\n    "a": {\n        "b": 1\n    }\n}\n'],
  ['tabs', '{\n\t"name": "shop",\n\t"a": {\n\t\t"b": 1\n\t}\n}\n'],
  ['Windows', '{\r\n  "name": "shop",\r\n  "a": "b\\n"\r\n}\r\n'],
  ['a byte order mark', '\uFEFF{\n  "name": "shop"\n}\n'],
  ['one line', '{"name":"shop","a":{"b":1}}'],
  ['one line that ends', '{"name":"shop","a":{"b":1}}\n'],
  ['no line break at the end', '{\n  "name": "shop"\n}'],
])('comes back as %s wrote it', (_, text) => {
  const { values, layout } = parseManifest(text);
  expect(formatManifest(values, layout)).toBe(text);
});

it('has lines where it was an empty object', () => {
  expect(formatManifest({ a: 1 }, parseManifest('{}').layout)).toBe('{\n  "a": 1\n}');
  expect(formatManifest({ a: 1 }, parseManifest('{}\r\n').layout)).toBe('{\r\n  "a": 1\r\n}\r\n');
});

it.each([
  ['[]', /not an object/],
  ['null', /not an object/],
  ['{"scripts":"str"}', /"scripts" is not an object/],
  ['{"scripts":[]}', /"scripts" is not an object/],
  ['{', SyntaxError],
])('%s is refused', (text, fault) => {
  expect(() => parseManifest(text)).toThrow(fault);
});
