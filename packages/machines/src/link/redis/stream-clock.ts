// Whether the ids of a stream go by the clock of its Redis. Ids only grow: behind one from the future, time stands still in the
// stream, so that nobody notices that a machine is gone, and behind the largest one Redis takes no entry. Whoever can write to the
// stream may have appended such an id, and a clock that was set back leaves them behind. Such a stream is deleted, and begins anew.

import { performance } from 'node:perf_hooks';
import { START, timeOf } from './stream-position.js';

/** How far ahead of the clock an id may be, in milliseconds: after a failover another server's clock counts. */
const AHEAD_MS = 5_000;

/** How often Redis is asked for its time, in milliseconds. */
const CHECK_MS = 5_000;

/** Sends a command to the server of the stream. */
export type Call = (command: string, ...args: string[]) => Promise<unknown>;

export class StreamClock {
  readonly #key: string;
  #redisMs: number | undefined;
  /** By performance.now(). */
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Whether a larger id than any that was read may be in the stream. */
  #isSuspect = false;

  constructor(key: string) {
    this.#key = key;
  }

  /** The time of Redis when it was asked last; `undefined` where that is forbidden. */
  get checkedMs(): number | undefined {
    return this.#redisMs;
  }

  isAhead(atMs: number): boolean {
    if (this.#redisMs === undefined) return false;
    return atMs > this.#redisMs + performance.now() - this.#askedAt + AHEAD_MS;
  }

  /** The next check looks at the stream as well. */
  suspect(): void {
    this.#isSuspect = true;
  }

  get isDue(): boolean {
    return this.#isSuspect || performance.now() - this.#askedAt > CHECK_MS;
  }

  /**
   * Asks Redis for its time, and deletes the stream if that is ahead.
   *
   * @param readMs the time of the last entry that was read
   * @returns whether that is ahead, and the stream is not, or not any more
   * @throws Error where the stream is ahead, and may not be deleted
   */
  async check(call: Call, readMs: number): Promise<boolean> {
    this.#askedAt = performance.now();
    const [seconds, micros] = (await unlessForbidden(call('TIME'))) ?? [];
    this.#redisMs =
      seconds === undefined
        ? undefined
        : 1_000 * Number(seconds) + Math.floor(Number(micros) / 1_000);
    if (!this.#isSuspect && !this.isAhead(readMs)) return false;
    const info = await unlessForbidden(call('XINFO', 'STREAM', this.#key));
    const at = info?.indexOf('last-generated-id') ?? -1;
    const lastMs = timeOf(info?.[at + 1] ?? START);
    if (this.isAhead(lastMs)) await this.#delete(call);
    this.#isSuspect = false;
    return info !== undefined && this.isAhead(readMs);
  }

  async #delete(call: Call): Promise<void> {
    try {
      await call('DEL', this.#key);
    } catch (cause) {
      throw new Error(
        `The ids of ${this.#key} are ahead of the clock of Redis, so that time stands still there. Delete that key`,
        { cause },
      );
    }
  }
}

/** @returns `undefined` where Redis forbids it, nothing where there is no stream */
async function unlessForbidden(answer: Promise<unknown>): Promise<string[] | undefined> {
  try {
    return (await answer) as string[];
  } catch (error) {
    if (!isReply(error)) throw error;
    return error.message.includes('no such key') ? [] : undefined;
  }
}

/** Whether Redis has said no, and the connection works. */
export function isReply(error: unknown): error is Error {
  return (error as Error).name === 'ReplyError';
}
