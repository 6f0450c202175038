// The primary's own log: one line per event, in the shape that the given logger takes.
import { textOfThrown } from '@muster/codec/thrown';
import type { Log, Report } from '../cluster-extension.js';
import type { Logger } from '../cluster-options.js';

type Level = keyof Logger;

/**
 * A logger with a `log` and no `child` is a console, and gets text. If the logger throws or its promise rejects, the line
 * goes to stderr, and supervision goes on.
 */
export function createLog(logger: Logger): Log {
  const isConsole = 'log' in logger && !('child' in logger);
  const write = (level: Level, event: string, message: string, fields?: object): unknown => {
    if (!isConsole) return logger[level]({ event, ...fields }, message);
    return (logger[level] as unknown as (text: string) => void)(`muster: ${message}`);
  };
  const report =
    (level: Level): Report =>
    (event, message, fields) => {
      const failed = (error: unknown) =>
        console.error(`muster: ${message} (the logger failed: ${textOfThrown(error)})`);
      try {
        const written = write(level, event, message, fields);
        if (written instanceof Promise) written.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
  return { info: report('info'), warn: report('warn'), error: report('error') };
}
