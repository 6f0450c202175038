// A log on a Redis stream: XADD on one connection, XREAD on another one, which waits there for what comes.

import { Buffer } from 'node:buffer';
import { setTimeout } from 'node:timers';
import { connectToKey, type KeyServer, redacted } from '@muster/store/connections';
import { LinkError } from '../../errors.js';
import type { Link, LinkListener, LinkOptions, LogEntry } from '../link.js';
import { type Measured, Trimming } from '../trimming.js';
import { type Position, resumeAt, START, timeOf } from './stream-position.js';
import { type Answer, within } from './within.js';

/** How long Redis holds a read back when there is nothing, in milliseconds. */
const BLOCK_MS = 500;

/**
 * Entries of one read. An entry has half a mebibyte at most, or one message. After a read that fails, the next one asks for fewer:
 * the reply may have been larger than Redis lets its output buffer grow, or than the network carries within the deadline.
 */
const READ_COUNT = 32;

/** So many nodes of a stream are measured, which takes Redis some milliseconds: all of them, in a log of 64 MiB. */
const SAMPLES = 20_000;

/** Between two attempts, in milliseconds. */
const AGAIN_MS = 100;

type Client = ReturnType<KeyServer['open']>;

export class RedisLink implements Link {
  readonly #key: string;
  readonly #options: LinkOptions;
  readonly #server: KeyServer;
  readonly #trimming: Trimming;
  #listener: LinkListener | undefined;
  #reader: Client | undefined;
  #position: Position | undefined;
  #count = READ_COUNT;
  #expiresIn = 0;
  #isClosed = false;

  constructor(url: string, options: LinkOptions) {
    this.#options = options;
    // One key, and so one slot of a Cluster.
    this.#key = `muster:machines:{${options.group}}`;
    this.#server = connectToKey(url, this.#key);
    this.#trimming = new Trimming(options.historyMs, options.historyBytes);
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
        this.#position = await this.#positionOn(reader);
        opened(await this.#timeOf(reader));
        while (!this.#isClosed) {
          const isTaken = this.#took(await this.#read(reader, this.#position ?? START));
          if (!isTaken) await pause(AGAIN_MS);
        }
      } catch (error) {
        this.#server.learn(error);
        if (!this.#isClosed) this.#listener?.trouble(redacted(reason ?? error) as Error);
      }
      reader.disconnect();
      if (!this.#isClosed) await pause(AGAIN_MS);
    }
  }

  async #timeOf(reader: Client): Promise<number> {
    // It may be forbidden: then the last entry says how late it was.
    const [seconds] = await this.#within(reader, reader.time()).catch(() => []);
    return seconds === undefined ? timeOf(this.#position ?? START) : Number(seconds) * 1_000;
  }

  async #positionOn(reader: Client): Promise<Position> {
    const ids = async (...args: (string | number)[]) => {
      const reply = await this.#within(reader, reader.call(...(args as [string])));
      return (reply as [string, unknown][]).map(([id]) => id)[0];
    };
    const newest = await ids('XREVRANGE', this.#key, '+', '-', 'COUNT', 1);
    const oldest = await ids('XRANGE', this.#key, '-', '+', 'COUNT', 1);
    const last = this.#position;
    if (last === undefined) {
      if (oldest === undefined || newest === undefined) return START;
      const bytes = await this.#bytesOf(reader);
      const unread: Measured = { oldestMs: timeOf(oldest), newestMs: timeOf(newest), bytes };
      this.#trimming.begin(unread);
      return newest;
    }
    const hasLast = last !== START && (await ids('XRANGE', this.#key, last, last)) !== undefined;
    const position = resumeAt(last, { oldest, newest, hasLast });
    if (position === START) this.#trimming.begin();
    return position;
  }

  /** How much the stream has. 0 where it is forbidden to ask: then what is there goes by its age, and counts for nothing. */
  async #bytesOf(reader: Client): Promise<number> {
    const asked = reader.call('MEMORY', 'USAGE', this.#key, 'SAMPLES', SAMPLES);
    const bytes = await this.#within(reader, asked).catch((error: Error) => {
      if (error.name === 'ReplyError') return 0;
      throw error;
    });
    return Number(bytes);
  }

  async #read(reader: Client, position: Position): Promise<unknown> {
    const count = this.#count;
    this.#count = Math.max(1, count >> 2);
    const args = ['COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', this.#key, position];
    const reply = await this.#within(reader, reader.callBuffer('XREAD', ...args), BLOCK_MS);
    this.#count = Math.min(READ_COUNT, count * 2);
    return reply;
  }

  #took(reply: unknown): boolean {
    const read = entriesOf(reply);
    const entries = read.map(([id, fields]): LogEntry => {
      return { atMs: timeOf(String(id)), bytes: fields[1] ?? Buffer.alloc(0) };
    });
    if (this.#listener?.read(entries) === false) return false;
    for (const { atMs, bytes } of entries) this.#trimming.add(atMs, bytes.length);
    const last = read.at(-1);
    if (last) this.#position = String(last[0]);
    return true;
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
