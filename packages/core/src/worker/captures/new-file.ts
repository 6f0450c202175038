// Writes a file that nobody else may read, and that was not there before.
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/**
 * `fill` gets a function that writes a piece of text, and never throws: a callback of V8 may call it. If a piece could not
 * be written, the file is removed again.
 *
 * @throws the error of the system: ENOSPC, EEXIST
 */
export async function writeNewFile(
  path: string,
  fill: (write: (text: string) => void) => void | Promise<void>,
): Promise<void> {
  // Windows has no O_NOFOLLOW.
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  let failure: unknown;
  try {
    await fill((text) => {
      if (failure !== undefined) return;
      try {
        writeAll(fd, Buffer.from(text));
      } catch (error) {
        failure = error;
      }
    });
    if (failure !== undefined) throw failure;
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(fd, bytes, from);
}
