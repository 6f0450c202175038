import { expect, it } from 'vitest';
import { reconnectDelayMs } from '../dist/redis/connection.js';
import { longestPauseMs } from '../dist/updates.js';

it.each([
  [1, 0],
  [3, 0],
  [4, 2],
  [5, 4],
  [7, 16],
  [8, 16],
  [10_000, 16],
])('an update that lost %i times waits at most %i ms', (attempt, ms) => {
  expect(longestPauseMs(attempt)).toBe(ms);
});

it.each([
  [1, 50],
  [2, 100],
  [10, 500],
  [11, 500],
  [10_000, 500],
])('attempt %i to reconnect comes after %i ms', (attempt, ms) => {
  expect(reconnectDelayMs(attempt)).toBe(ms);
});
