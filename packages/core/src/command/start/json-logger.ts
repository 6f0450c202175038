// `muster start --json-logs`: one line of JSON per event, shaped like pino's.

import { hostname } from 'node:os';
import { timeOfDay } from '@muster/codec/timers';
import type { LogFields, Logger } from '../../cluster-options.js';

/** pino's numbers. */
const LEVELS = { info: 30, warn: 40, error: 50 } as const;

/** On stderr by default: stdout is the app's. */
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
    // A cycle in what somebody logged; the event itself is told.
    const { level, time, event, msg } = entry;
    return JSON.stringify({ level, time, event, msg });
  }
}

/** An error of ioredis has the command in it, arguments and all: passwords, and what was to be stored. */
function withoutCommand(error: object): object {
  const secret = ['command', 'args', 'previousErrors', 'lastNodeError'];
  return Object.fromEntries(Object.entries(error).filter(([name]) => !secret.includes(name)));
}
