// A file that is read twice with the same contents, even if its path is a pipe such as /dev/stdin, or the file is replaced meanwhile.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = 256 * 1024;

export class BackupSource {
  readonly path: string;
  readonly #file: FileHandle;
  /** A copy of what was read from a pipe. */
  readonly #copy: FileHandle | undefined;
  #isCopied = false;

  private constructor(path: string, file: FileHandle, copy: FileHandle | undefined) {
    this.path = path;
    this.#file = file;
    this.#copy = copy;
  }

  static async open(path: string): Promise<BackupSource> {
    const file = await open(path, 'r');
    try {
      const isFile = (await file.stat()).isFile();
      return new BackupSource(path, file, isFile ? undefined : await openNameless());
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The whole file. Read it to its end before reading it again. */
  async *read(): AsyncGenerator<Buffer> {
    if (!this.#copy) yield* chunksOf(this.#file, 0);
    else if (this.#isCopied) yield* chunksOf(this.#copy, 0);
    else {
      for await (const chunk of chunksOf(this.#file, null)) {
        await this.#copy.appendFile(chunk);
        yield chunk;
      }
      this.#isCopied = true;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#copy?.close()]);
  }
}

/** @param from the first position; `null` for a pipe, which has no positions. */
async function* chunksOf(file: FileHandle, from: number | null): AsyncGenerator<Buffer> {
  let position = from;
  for (;;) {
    // A new buffer each time: the reader may keep it.
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
    if (bytesRead === 0) return;
    if (position !== null) position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Only its owner can read it, and it disappears when this process ends in any way. */
async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `.muster-restore-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
