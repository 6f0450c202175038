// The primary's own log: one line per event, in the shape that the given logger takes.
import { textOfThrown } from '@muster/codec/thrown';
import type { Log, Report } from '../../cluster-extension.js';
import type { Logger } from '../../cluster-options.js';
import type { LogLine } from '../../extensions/extension.js';

type Level = keyof Logger;

export interface HeardLog extends Log {
  /** Calls the listener, which does not throw, with each line. Returns a function that ends it. */
  onLine(listener: (line: LogLine) => void): () => void;
}

/**
 * A logger with a `log` and no `child` is a console, and gets text. If the logger throws or its promise rejects, the line
 * goes to stderr, and supervision goes on.
 */
export function createLog(logger: Logger): HeardLog {
  const listeners = new Set<(line: LogLine) => void>();
  const isConsole = 'log' in logger && !('child' in logger);
  const write = (level: Level, event: string, message: string, fields?: object): unknown => {
    if (!isConsole) return logger[level]({ event, ...fields }, message);
    return (logger[level] as unknown as (text: string) => void)(`muster: ${message}`);
  };
  const report =
    (level: Level): Report =>
    (event, message, fields) => {
      for (const listener of listeners) listener({ level, event, message, fields });
      const failed = (error: unknown) =>
        console.error(`muster: ${message} (the logger failed: ${textOfThrown(error)})`);
      try {
        const written = write(level, event, message, fields);
        if (written instanceof Promise) written.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
  return {
    ...{ info: report('info'), warn: report('warn'), error: report('error') },
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
