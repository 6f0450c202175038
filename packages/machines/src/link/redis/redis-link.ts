// A log on a Redis stream: XADD on one connection, XREAD on another one, which waits there for what comes.

import { Buffer } from 'node:buffer';
import { setTimeout } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import { connectToKey, type KeyServer, redacted } from '@muster/store/connections';
import { LinkError } from '../../errors.js';
import type { Link, LinkListener, LinkOptions, LogEntry } from '../link.js';
import { Trimming } from '../trimming.js';
import { type Call, isReply, StreamClock } from './stream-clock.js';
import { before, type Position, resumeAt, START, timeOf } from './stream-position.js';
import { type Answer, within } from './within.js';

/** How long Redis holds a read back when there is nothing, in milliseconds. */
const BLOCK_MS = 500;

/**
 * Entries of one read. An entry has half a mebibyte at most, or one message. After a read that fails, the next one asks for fewer:
 * the reply may have been larger than Redis lets its output buffer grow, or than the network carries within the deadline.
 */
const READ_COUNT = 32;

/** After so many reads that fail, though Redis answers otherwise, what cannot be read is skipped: an entry of gigabytes, for example. */
const MAX_FAILED_READS = 10;

/** So many nodes of a stream are measured, which takes Redis some milliseconds: all of them, in a log of 64 MiB. */
const SAMPLES = 20_000;

/** Of an XADD behind the largest id. */
const EXHAUSTED = /exhausted the last possible ID|equal or smaller/;

/** Between two attempts, in milliseconds. */
const AGAIN_MS = 100;

type Client = ReturnType<KeyServer['open']>;

export class RedisLink implements Link {
  readonly #key: string;
  readonly #options: LinkOptions;
  readonly #server: KeyServer;
  readonly #trimming: Trimming;
  readonly #clock: StreamClock;
  #listener: LinkListener | undefined;
  #reader: Client | undefined;
  #position: Position | undefined;
  #count = READ_COUNT;
  /** Since the last one that succeeded. */
  #failedReads = 0;
  #expiresIn = 0;
  #isClosed = false;

  constructor(url: string, options: LinkOptions) {
    this.#options = options;
    // One key, and so one slot of a Cluster.
    this.#key = `muster:machines:{${options.group}}`;
    this.#server = connectToKey(url, this.#key);
    this.#trimming = new Trimming(options.historyMs, options.historyBytes);
    this.#clock = new StreamClock(this.#key);
  }

  async open(listener: LinkListener): Promise<number> {
    this.#listener = listener;
    return new Promise<number>((resolve) => void this.#readOn(resolve));
  }

  async append(bytes: Buffer): Promise<void> {
    const { client } = this.#server;
    if (client === undefined) throw new LinkError('it is not connected', this.#server.lastError);
    const floorMs = this.#trimming.floorMs;
    const trim = floorMs > 0 ? ['MINID', '~', floorMs] : [];
    try {
      await this.#within(client, client.call('XADD', this.#key, ...trim, '*', 'e', bytes));
    } catch (error) {
      this.#server.learn(error);
      if (EXHAUSTED.test((error as Error).message)) this.#clock.suspect();
      throw new LinkError('an entry was not appended', redacted(error as Error));
    }
    this.#keep(client, bytes.length);
  }

  close(): void {
    this.#isClosed = true;
    this.#reader?.disconnect();
    this.#server.close();
  }

  /** A group that is no more leaves nothing behind. */
  #keep(client: Client, bytes: number): void {
    this.#expiresIn -= bytes + 1_000;
    if (this.#expiresIn > 0) return;
    this.#expiresIn = 100_000;
    const forMs = 2 * this.#options.historyMs + 60_000;
    // It may be forbidden: then it stays.
    client.pexpire(this.#key, Math.min(forMs, 2 ** 40)).catch(() => {});
  }

  async #readOn(opened: (nowMs: number) => void): Promise<void> {
    while (!this.#isClosed) {
      const reader = this.#server.open();
      this.#reader = reader;
      // Why there is no connection: a call says only that there is none.
      let reason: Error | undefined;
      try {
        reader.on('error', (error: Error) => (reason = error));
        await this.#within(reader, reader.connect());
        reader.stream?.unref?.();
        await this.#checkClock(reader);
        if (this.#failedReads > MAX_FAILED_READS) this.#position = undefined;
        this.#position = await this.#positionOn(reader);
        opened(this.#clock.checkedMs ?? timeOf(this.#position));
        while (!this.#isClosed) {
          if (this.#clock.isDue) await this.#checkClock(reader);
          const isTaken = this.#took(await this.#read(reader, this.#position ?? START));
          if (!isTaken) await pause(AGAIN_MS);
          // What was read is on its way to the workers before the next read is.
          else await new Promise<void>((resolve) => nextTick(resolve));
        }
      } catch (error) {
        if (isReply(error)) this.#failedReads = 0;
        this.#server.learn(error);
        if (!this.#isClosed) this.#listener?.trouble(redacted(reason ?? error) as Error);
      }
      reader.disconnect();
      if (!this.#isClosed) await pause(AGAIN_MS);
    }
  }

  /** A stream that begins anew is read from its start. */
  async #checkClock(reader: Client): Promise<void> {
    const call: Call = (...args) => this.#within(reader, reader.call(...args));
    const isAnew = await this.#clock.check(call, timeOf(this.#position ?? START));
    if (!isAnew) return;
    this.#position = START;
    this.#trimming.begin();
  }

  async #positionOn(reader: Client): Promise<Position> {
    const ids = async (...args: (string | number)[]) => {
      const reply = await this.#within(reader, reader.call(...(args as [string])));
      return (reply as [string, unknown][]).map(([id]) => id)[0];
    };
    const oldest = () => ids('XRANGE', this.#key, '-', '+', 'COUNT', 1);
    const newest = () => ids('XREVRANGE', this.#key, '+', '-', 'COUNT', 1);
    const last = this.#position;
    if (last === undefined) {
      const { checkedMs } = this.#clock;
      const end = checkedMs === undefined ? ((await newest()) ?? START) : before(checkedMs);
      await this.#measure(reader, await oldest(), end);
      return end;
    }
    // An entry that was read is no larger than can be read.
    const hasLast = last !== START && (await ids('XRANGE', this.#key, last, last)) !== undefined;
    if (hasLast) return last;
    const extent = { oldest: await oldest(), newest: await newest(), hasLast };
    const position = resumeAt(last, extent);
    if (position === START) this.#trimming.begin();
    return position;
  }

  async #measure(reader: Client, oldest: Position | undefined, end: Position): Promise<void> {
    if (oldest === undefined) return this.#trimming.begin();
    const oldestMs = timeOf(oldest);
    const newestMs = Math.max(oldestMs, timeOf(end));
    this.#trimming.begin({ oldestMs, newestMs, bytes: await this.#bytesOf(reader) });
  }

  /** How much the stream has. 0 where it is forbidden to ask: then what is there goes by its age, and counts for nothing. */
  async #bytesOf(reader: Client): Promise<number> {
    const asked = reader.call('MEMORY', 'USAGE', this.#key, 'SAMPLES', SAMPLES);
    const bytes = await this.#within(reader, asked).catch((error: unknown) => {
      if (isReply(error)) return 0;
      throw error;
    });
    return Number(bytes);
  }

  async #read(reader: Client, position: Position): Promise<unknown> {
    const count = this.#count;
    this.#count = Math.max(1, count >> 2);
    this.#failedReads++;
    const args = ['COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', this.#key, position];
    const reply = await this.#within(reader, reader.callBuffer('XREAD', ...args), BLOCK_MS);
    this.#count = Math.min(READ_COUNT, count * 2);
    this.#failedReads = 0;
    return reply;
  }

  #took(reply: unknown): boolean {
    const read = this.#untilAhead(entriesOf(reply));
    const entries = read.map(([id, fields]): LogEntry => {
      return { atMs: timeOf(String(id)), bytes: fields[1] ?? Buffer.alloc(0) };
    });
    if (this.#listener?.read(entries) === false) return false;
    for (const { atMs, bytes } of entries) this.#trimming.add(atMs, bytes.length);
    const last = read.at(-1);
    if (last) this.#position = String(last[0]);
    return true;
  }

  /** Those before the first one from the future. */
  #untilAhead(read: readonly StreamEntry[]): readonly StreamEntry[] {
    const at = read.findIndex(([id]) => this.#clock.isAhead(timeOf(String(id))));
    if (at < 0) return read;
    this.#clock.suspect();
    return read.slice(0, at);
  }

  #within<Value>(client: Client, answer: Answer<Value>, moreMs = 0): Promise<Value> {
    return within(client, answer, this.#options.deadlineMs + moreMs);
  }
}

type StreamEntry = readonly [id: Buffer, fields: readonly (Buffer | undefined)[]];

/** Of a reply to XREAD of one stream. */
function entriesOf(reply: unknown): readonly StreamEntry[] {
  if (!Array.isArray(reply)) return [];
  const [stream] = reply as [[Buffer, StreamEntry[]]];
  return stream[1];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
