// `muster start --json-logs`: one line of JSON per event, shaped like pino's.

import { hostname } from 'node:os';
import { timeOfDay } from '@muster/codec/timers';
import type { LogFields, Logger } from '../../cluster-options.js';

/** pino's numbers. */
const LEVELS = { info: 30, warn: 40, error: 50 } as const;

/** Writes to stderr by default, because stdout is the app's. */
export function createJsonLogger(
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const base = { pid: process.pid, hostname: hostname() };
  const report = (level: keyof typeof LEVELS) => (fields: LogFields, msg: string) => {
    write(`${line({ level: LEVELS[level], time: timeOfDay(), ...base, ...fields, msg })}\n`);
  };
  return { info: report('info'), warn: report('warn'), error: report('error') };
}

function line(entry: Record<string, unknown>): string {
  try {
    return JSON.stringify(entry, (_key, value: unknown) => {
      if (value instanceof Error) {
        const { name, message, stack, cause } = value;
        return { ...withoutCommand(value), name, message, stack, cause };
      }
      return typeof value === 'bigint' ? String(value) : value;
    });
  } catch {
    // The fields have a cycle; log at least the event.
    const { level, time, event, msg } = entry;
    return JSON.stringify({ level, time, event, msg });
  }
}

/** An error of ioredis contains the command with its arguments: passwords, and values to be stored. */
function withoutCommand(error: object): object {
  const secret = ['command', 'args', 'previousErrors', 'lastNodeError'];
  return Object.fromEntries(Object.entries(error).filter(([name]) => !secret.includes(name)));
}
