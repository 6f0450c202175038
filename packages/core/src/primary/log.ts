// The primary's own log: one line per event, in the shape that the given logger takes.
import type { Logger } from '../cluster-options.js';

type Report = (event: string, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** `event` is a name for machines, `message` a sentence for people, `fields` what both speak of. */
export interface Log {
  readonly info: Report;
  readonly warn: Report;
  readonly error: Report;
}

/** What has a `log` and no `child` is a console, and gets text. */
export function createLog(logger: Logger): Log {
  const console = 'log' in logger && !('child' in logger);
  const report =
    (level: 'info' | 'warn' | 'error'): Report =>
    (event, message, fields) => {
      if (console) (logger[level] as unknown as (text: string) => void)(`muster: ${message}`);
      else logger[level]({ event, ...fields }, message);
    };
  return { info: report('info'), warn: report('warn'), error: report('error') };
}
