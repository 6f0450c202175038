/**
 * Where a worker writes what the primary asks for: a file in a folder that is this user's alone, and gone before anybody
 * reads it. The primary reads through the descriptor, so nothing stays on disk if it is killed.
 *
 * The worker is not trusted: what it has written may be anything, but not a link, a device or a file of another user.
 */
import { constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timeOfDay } from '@muster/codec/timers';
import { lstatOf } from '../../process/safe-stat.js';

const PREFIX = 'muster-capture-';
/** Milliseconds after which a folder was left by a primary that was killed: no capture takes as long. */
const LEFT_AFTER_MS = 3_600_000;

export class CaptureFolder {
  readonly #path: string;
  /** The file for the worker. */
  readonly file: string;

  /** @throws the error of the system: ENOSPC, EACCES */
  constructor() {
    const within = tmpdir();
    removeLeft(within);
    // Made with mode 0700.
    this.#path = mkdtempSync(join(within, PREFIX));
    this.file = join(this.#path, 'capture');
    process.once('exit', this.#removeNow);
  }

  /** @throws if it is not there, or is not a plain file of the folder */
  async open(): Promise<CapturedFile> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(this.file, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.nlink !== 1) throw new Error('what it has written is no file');
      return new CapturedFile(handle, stats.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    process.off('exit', this.#removeNow);
    await rm(this.#path, { recursive: true, force: true }).catch(() => {});
  }

  readonly #removeNow = () => rmSync(this.#path, { recursive: true, force: true });
}

/** What a worker has written, open for reading. Close it: until then it takes its room on disk. */
export class CapturedFile {
  readonly bytes: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.bytes = bytes;
  }

  /** At most `length` bytes from `offset` on; none at the end. */
  async read(offset: number, length: number): Promise<Buffer> {
    const room = Buffer.alloc(Math.max(0, Math.min(length, this.bytes - offset)));
    const { bytesRead } = await this.#handle.read(room, 0, room.length, offset);
    return room.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function removeLeft(within: string): void {
  for (const name of readdirSync(within).filter((it) => it.startsWith(PREFIX))) {
    const path = join(within, name);
    try {
      const stats = lstatOf(path);
      if (!stats || stats.uid !== process.getuid?.()) continue;
      if (timeOfDay() - stats.mtimeMs < LEFT_AFTER_MS) continue;
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It is another's, or was removed meanwhile.
    }
  }
}
