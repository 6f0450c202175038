import { expect, it } from 'vitest';
import { createJsonLogger } from '../../dist/command/start/json-logger.js';

function logged(fields: Record<string, unknown>): Record<string, unknown> {
  const lines: string[] = [];
  const logger = createJsonLogger((line) => lines.push(line));
  logger.warn({ event: 'it.happened', ...fields }, 'it\nhappened');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  return JSON.parse(String(lines[0]));
}

it('writes one line of JSON, shaped like one of pino', () => {
  expect(logged({ slot: 2 })).toEqual({
    level: 40,
    time: expect.any(Number),
    pid: process.pid,
    hostname: expect.any(String),
    event: 'it.happened',
    slot: 2,
    msg: 'it\nhappened',
  });
});

it('tells of errors what JSON does not, and of numbers that it has not', () => {
  const error = Object.assign(new Error('no luck', { cause: new TypeError('why') }), { code: 'X' });
  expect(logged({ error, count: 7n })).toMatchObject({
    error: { name: 'Error', message: 'no luck', code: 'X', stack: expect.stringContaining('at ') },
    count: '7',
  });
  expect(logged({ error })).toHaveProperty('error.cause.message', 'why');
});

it('tells the event where a field cannot be told', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(logged({ cycle })).toEqual({
    level: 40,
    time: expect.any(Number),
    event: 'it.happened',
    msg: 'it\nhappened',
  });
});
