// What the log says of an extension that failed.

import { textOfThrown } from '@muster/codec/thrown';
import type { Log } from '../cluster-extension.js';

export function logFailure(log: Log, extension: string, error: unknown): void {
  log.error(
    'extension.failed',
    `${extension} failed; supervision goes on: ${textOfThrown(error)}`,
    { extension, error },
  );
}
