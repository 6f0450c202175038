// What is refused before anything is joined, and how that is said.
import { expect, test } from 'vitest';
import { joinMachines } from '../dist/join-machines.js';
import type { MachinesOptions } from '../dist/machines.js';

const url = 'redis://127.0.0.1:1';

test.each<[given: object, says: RegExp]>([
  [{ url, grop: 'a' }, /grop.*did you mean group/],
  [{ url, historyMS: 1 }, /historyMS.*did you mean historyMs/],
  [{ url, ttlMs: 1 }, /ttlMs.*did you mean historyMs/],
  [{ url, password: 'x' }, /password.*did you mean secret/],
  [{}, /machines\.url: undefined\. Give the URL of a Redis/],
  [{ url: 6379 }, /machines\.url: the number 6379/],
  [{ url: 'http://x' }, /machines\.url, or MUSTER_MACHINES: .*Give redis:\/\/host/],
  [{ url: 'localhost' }, /machines\.url, or MUSTER_MACHINES: it is no URL\. Give redis:/],
  [{ url, group: 'a b' }, /machines\.group: the text "a b"\. Give letters/],
  [{ url, name: '' }, /machines\.name: the text ""\. Give letters/],
  [{ url, historyMs: 10 }, /machines\.historyMs: the number 10\. Give milliseconds from 1000/],
  [{ url, historyMs: Number.NaN }, /machines\.historyMs: .*NaN/],
  [{ url, historyBytes: '64MB' }, /machines\.historyBytes: the text "64MB"\. Give bytes/],
  [{ url, secret: 'short' }, /machines\.secret: give a text of 16 characters/],
])('%j is refused by name', (given, says) => {
  expect(() => joinMachines(given as MachinesOptions)).toThrow(
    expect.objectContaining({
      code: 'MUSTER_INVALID_OPTION',
      message: expect.stringMatching(says),
    }),
  );
});

test('an error says nothing of a password or a secret', () => {
  for (const given of [
    { url: 'http://:hunter2@x' },
    { url, secret: 'hunter2' },
    { url: 'hunter2' },
  ]) {
    expect(() => joinMachines(given)).toThrow(/^(?!.*hunter2)/s);
  }
});
