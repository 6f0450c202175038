import { expect, it } from 'vitest';
import { asSeen } from './reader.js';

it.each([
  ['process 5201 is here (a|b)', 'process 77 is here (a|b)', true],
  ['process 5201 is here', 'process x is here', false],
  ['process 5201 is here', 'process 77 is here, or not', false],
  ['replaced in 1098 ms', 'replaced in 2 s', true],
  ['a   b', 'a b', true],
  ['a b', 'a  b', false],
  ['… entries', '3 entries', true],
  ['3 entries', '4 entries', false],
  ['one\ntwo', 'before\none\ntwo\nafter', true],
  ['one\ntwo', 'one\nand two', false],
])('the page shows %j, and the reader sees %j: %j', (page, seen, isSame) => {
  expect(asSeen(page).test(seen)).toBe(isSame);
});
