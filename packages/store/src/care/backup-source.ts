// A file that is read twice, from the same bytes: also where its path is a pipe, as /dev/stdin is, or gets another file meanwhile.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK = 256 * 1024;

export class BackupSource {
  readonly path: string;
  readonly #file: FileHandle;
  /** What was read of a pipe. */
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

  /** All of it. To be read to its end the first time, before it is read again. */
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

/** @param from where it begins; `null` for a pipe, which has no places. */
async function* chunksOf(file: FileHandle, from: number | null): AsyncGenerator<Buffer> {
  let position = from;
  for (;;) {
    // The bytes are the reader's, for as long as it likes.
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
    if (bytesRead === 0) return;
    if (position !== null) position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** For its owner only, and gone when this process is, however it ends. */
async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `.muster-restore-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
