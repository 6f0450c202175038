/**
 * What workers print, in a file that is rotated: `<dir>/<app>.log`, then `.log.1`, `.log.2`, … The files are rotated by
 * rotating-file-stream; this adds what has to hold when the disk is full or the folder is gone. Nothing here ends the primary
 * or slows a worker: lines that cannot be written are dropped and counted, and the log of the cluster says so once.
 */
import { clearInterval, setInterval } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Log } from '../../cluster-extension.js';
import { atMost } from '../../process/deadline.js';
import { lstatOf } from '../../process/safe-stat.js';
import { type LogFileOptions, openLogFolder } from './log-folder.js';
import { intervalOf } from './rotation-interval.js';

/** Bytes that wait for the disk. What comes on top is dropped. */
const MAX_WAITING = 1024 * 1024;
/** Milliseconds between two looks whether the file is still in its place, and after a failure until the next try. */
const LOOK_MS = 5_000;
/** Milliseconds for the last lines at the end of the cluster. */
const CLOSE_MS = 2_000;
/** Only this user, and whoever it lets into the folder by its group, reads what users of the app may have entered. */
const MODE = 0o640;

export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  readonly #log: Log;
  readonly #name: string;
  readonly #timer: NodeJS.Timeout;
  #stream: RotatingFileStream | undefined;
  /** Of the open file. */
  #inode: number | undefined;
  #dropped = 0;
  #isBroken = false;

  /**
   * @param app the name of the file
   * @param lookMs milliseconds between two looks, and until the next try
   * @throws InvalidOptionError if the folder cannot be used
   */
  constructor(options: LogFileOptions, app: string, log: Log, lookMs = LOOK_MS) {
    this.#name = `${app.replaceAll(/[^\w.-]/g, '_')}.log`;
    const dir = openLogFolder(options.dir, this.#name);
    this.#options = { ...options, dir };
    this.#log = log;
    this.path = `${dir}/${this.#name}`;
    this.#start();
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Never throws and never waits. The text has whole lines. */
  write(lines: Buffer): void {
    const stream = this.#stream;
    if (!stream || stream.writableLength + lines.length > MAX_WAITING) {
      this.#dropped += lines.length;
      return;
    }
    stream.write(lines, (error) => {
      // A full disk lets a file be opened, and takes nothing.
      if (error) this.#dropped += lines.length;
      else this.#isBroken = false;
    });
  }

  /** Settles when the last lines are written, or after a while. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const stream = this.#stream;
    this.#stream = undefined;
    if (!stream) return;
    await atMost(CLOSE_MS, new Promise<void>((resolve) => stream.end(() => resolve()))).catch(
      () => {},
    );
  }

  #start(): void {
    const { dir, maxBytes, maxAgeMs, maxFiles } = this.#options;
    const interval = intervalOf(maxAgeMs);
    const stream = createStream(this.#name, {
      // `rotate` and not `maxFiles`, which deletes whatever a file beside them names.
      ...{ path: `${dir}/`, size: `${maxBytes}B`, rotate: maxFiles, mode: MODE },
      ...(interval !== undefined && { interval }),
    });
    this.#stream = stream;
    this.#inode = undefined;
    stream.on('rotation', () => {
      this.#inode = undefined;
    });
    stream.on('open', () => {
      this.#inode = inodeOf(this.path);
    });
    stream.on('warning', () => {});
    // A failed write ends the stream.
    stream.on('error', (error) => {
      if (this.#stream === stream) this.#failed(error);
    });
  }

  #failed(error: unknown): void {
    this.#stream = undefined;
    if (this.#isBroken) return;
    this.#isBroken = true;
    const message = `${this.path} cannot be written: ${reasonOf(error)}. What workers print is not in it until it can be`;
    this.#log.error('log-file.failed', message, { path: this.path, error });
  }

  #look(): void {
    if (!this.#isBroken && this.#dropped > 0) {
      const message = `${this.#dropped} bytes of what workers printed are not in ${this.path}`;
      this.#log.warn('log-file.dropped', message, { path: this.path, bytes: this.#dropped });
      this.#dropped = 0;
    }
    // If somebody has moved or deleted the file, or its folder, what is written goes to nobody.
    const isGone = this.#inode !== undefined && inodeOf(this.path) !== this.#inode;
    if (this.#stream && !isGone) return;
    this.#stream?.end();
    this.#stream = undefined;
    try {
      // Somebody else may have made the folder anew.
      openLogFolder(this.#options.dir, this.#name);
      this.#start();
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** Without following a link. */
function inodeOf(path: string): number | undefined {
  try {
    return lstatOf(path)?.ino;
  } catch {
    return undefined;
  }
}
