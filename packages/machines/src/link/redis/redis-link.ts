// A log on a Redis stream: XADD on one connection, XREAD on another one, which waits there for what comes.

import { Buffer } from 'node:buffer';
import { setTimeout } from 'node:timers';
import { connectToKey, type KeyServer, redacted } from '@muster/store/connections';
import { LinkError } from '../../errors.js';
import type { Link, LinkListener, LinkOptions, LogEntry } from '../link.js';
import { Trimming } from '../trimming.js';
import { type Position, resumeAt, START, timeOf } from './stream-position.js';
import { type Answer, within } from './within.js';

/** How long Redis holds a read back when there is nothing, in milliseconds. */
const BLOCK_MS = 500;

/** Entries of one read. An entry has half a mebibyte at most, or one message. */
const READ_COUNT = 32;

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
      try {
        reader.on('error', () => {});
        await this.#within(reader, reader.connect());
        reader.stream?.unref?.();
        this.#position = await this.#positionOn(reader);
        opened(await this.#timeOf(reader));
        while (!this.#isClosed) this.#took(await this.#read(reader, this.#position ?? START));
      } catch (error) {
        this.#server.learn(error);
        if (!this.#isClosed) this.#listener?.trouble(redacted(error as Error) as Error);
      }
      reader.disconnect();
      if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
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
    const last = this.#position;
    if (last === undefined || last === START) return last ?? newest ?? START;
    const oldest = await ids('XRANGE', this.#key, '-', '+', 'COUNT', 1);
    const hasLast = (await ids('XRANGE', this.#key, last, last)) !== undefined;
    return resumeAt(last, { oldest, newest, hasLast });
  }

  async #read(reader: Client, position: Position): Promise<unknown> {
    const args = ['COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', this.#key, position];
    return this.#within(reader, reader.callBuffer('XREAD', ...args), BLOCK_MS);
  }

  #took(reply: unknown): void {
    const entries: LogEntry[] = [];
    for (const [id, fields] of entriesOf(reply)) {
      this.#position = String(id);
      const atMs = timeOf(this.#position);
      const bytes = fields[1] ?? Buffer.alloc(0);
      this.#trimming.add(atMs, bytes.length);
      entries.push({ atMs, bytes });
    }
    this.#listener?.read(entries);
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
