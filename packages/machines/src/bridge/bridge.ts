// Between the bus of this machine and the log: appends what the bus has for others, and tells it what it reads of them. What
// follows from an entry is decided by peers/group.ts; here it is done.

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import type { Batch, Gateway, Uplink } from '@muster/bus/machines';
import { type Content, decodeEntry, encodeEntry, MAX_AGAIN } from '../entries/entry.js';
import { MAX_UNSEEN_MS, type Seal } from '../entries/seal.js';
import type { Link, LogEntry } from '../link/link.js';
import type { MachinesStatus } from '../machines.js';
import { GONE_MS, Group, type News } from '../peers/group.js';
import { freeName } from '../peers/name.js';
import { type Item, Outgoing, type Written } from './outgoing.js';

/** A machine that has nothing to say says so this often, while it takes to be gone. */
const BEATS = 5;

/** A machine of which entries come, and which has not said who it is, is asked after so long, in milliseconds. */
const ASK_MS = 1_000;

/** Between two attempts to append: from the first to the most, in milliseconds. */
const RETRY_MS = 50;
const MAX_RETRY_MS = 500;

/** How long `close()` waits for what is under way, in milliseconds. */
const CLOSE_MS = 1_000;

export interface BridgeOptions {
  readonly id: string;
  readonly name: string;
  readonly link: Link;
  readonly seal: Seal;
  /** Whether entries are sealed: then what is old is refused as well. */
  readonly isSealed: boolean;
  readonly historyMs: number;
  /** After so long without a word a machine is gone, in milliseconds. Default: `GONE_MS`. */
  readonly goneMs?: number;
  readonly openGateway: (uplink: Uplink) => Gateway;
  /** Told when the link goes down, and when it is up again. */
  readonly onLink: (trouble: Error | undefined) => void;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #gateway: Gateway;
  readonly #group: Group;
  readonly #goneMs: number;
  readonly #outgoing = new Outgoing();
  /** Since when entries of machines come that nobody knows, by performance.now(). */
  readonly #unknown = new Map<string, number>();
  #name: string;
  /** Others know this machine, or its members, as they are no more. */
  #isOutdated = false;
  #seq = 0;
  #wake: () => void = () => {};
  #beats: NodeJS.Timeout | undefined;
  #hasAppended = false;
  /** When something was read last, or nothing was there to read; by performance.now(). */
  #readAt = Number.NEGATIVE_INFINITY;
  /** Since when no append has succeeded, though one was tried; by performance.now(). */
  #failsSince: number | undefined;
  /** The log takes nothing of this machine. Then nothing is read either: for the others this machine is gone. */
  #isMute = true;
  /** This machine is mute, or has read nothing for so long that the others are out of sight. */
  #isAway = true;
  /** Whether the owner knows that the link is down. */
  #isDownTold = false;
  readonly #startedAt = performance.now();
  #badEntries = 0;
  /** The first other machine has just come. */
  #isFirst = false;
  #trouble: Error | undefined;
  #isClosed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#goneMs = options.goneMs ?? GONE_MS;
    this.#group = new Group(options.id, options.historyMs, this.#goneMs);
    this.#gateway = options.openGateway({
      send: (batch, sent) => this.#send({ content: DATA, batch, sent }),
    });
    this.#gateway.named({ id: options.id, epoch: 1, name: this.#name });
  }

  start(): void {
    this.#beats = setInterval(() => this.#tick(), this.#goneMs / BEATS).unref();
    void this.#run();
  }

  get status(): Omit<MachinesStatus, 'group'> {
    const { bytes, messages, dropped } = this.#gateway;
    const lag = this.#outgoing.lagAt(performance.now());
    const { size } = this.#outgoing;
    return {
      name: this.#name,
      epoch: this.#group.self.epoch,
      machines: this.#group.here.map(({ id, name, epoch }) => ({
        name,
        epoch,
        members: this.#gateway.membersOf(id),
        silenceMs: this.#group.silenceOf(id),
      })),
      gaps: this.#group.gaps,
      link: {
        up: !this.#isAway,
        ...(this.#trouble && this.#isAway ? { lastError: this.#trouble.message } : {}),
        lagMs: lag.ms === undefined ? undefined : Math.round(10 * lag.ms) / 10,
        lagBytes: lag.bytes,
        waitingBytes: bytes + size.bytes,
        waitingMessages: messages + size.messages,
        dropped,
        badEntries: this.#badEntries,
      },
    };
  }

  /** Says goodbye, where the log can be reached. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const end = performance.now() + CLOSE_MS;
    while (!this.#outgoing.isEmpty && performance.now() < end) await pause(10);
    this.#isClosed = true;
    clearInterval(this.#beats);
    this.#wake();
    if (this.#group.self.isHere) {
      const bye = this.#append(this.#bytesOf({ kind: 'bye' }, ++this.#seq, []));
      await Promise.race([bye.catch(() => {}), pause(CLOSE_MS)]);
    }
    for (const { id } of this.#group.here) this.#gateway.left(id);
    this.#options.link.close();
  }

  async #run(): Promise<void> {
    this.#group.newestMs = await this.#options.link.open({
      read: (entries) => this.#read(entries),
      trouble: (error) => this.#failed(error),
    });
    if (this.#isClosed) return;
    this.#outgoing.pushFirst([this.#hello(undefined, false), ...this.#introduction('', false)]);
    while (!this.#isClosed) {
      this.#isOutdated ||= this.#gateway.isStale && !this.#isAway;
      const items = this.#isOutdated ? this.#startAnew() : this.#outgoing.take();
      if (items !== undefined) await this.#write(items);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  get #isQuiet(): boolean {
    return this.#outgoing.isEmpty && !this.#outgoing.hasUnread;
  }

  #send(item: Item): void {
    this.#outgoing.push(item);
    this.#wake();
  }

  async #write(items: readonly Item[]): Promise<void> {
    const { epoch } = this.#group.self;
    const seq = ++this.#seq;
    const { content } = items[0] as Item;
    const sections = items.flatMap(({ batch }) => batch?.sections ?? []);
    const bytes = sections.reduce((all, section) => all + section.bytes.length, 0);
    this.#outgoing.written({ epoch, seq, items, bytes, at: performance.now() });
    for (let waitMs = RETRY_MS; !this.#isClosed; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      try {
        // The time that was seen is another one at each attempt, and the number the same: it counts once.
        await this.#append(this.#bytesOf(content, seq, sections, epoch));
        break;
      } catch (error) {
        this.#failed(error as Error);
        await pause(waitMs);
      }
      // What was to be sent has its place in a new epoch.
      if (this.#group.self.epoch !== epoch) return;
      // It was appended, and the answer was lost.
      if (this.#group.self.seq >= seq) break;
    }
    for (const { sent } of items) sent();
  }

  #bytesOf(content: Content, seq: number, sections: Batch['sections'], epoch?: number): Buffer {
    const { id, epoch: current } = this.#group.self;
    const head = { machine: id, epoch: epoch ?? current, seq, seenMs: this.#group.newestMs };
    return this.#options.seal.close(encodeEntry({ ...head, ...content, sections }));
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#failsSince ??= performance.now();
    await this.#options.link.append(bytes);
    this.#failsSince = undefined;
    this.#isMute = false;
    this.#hasAppended = true;
  }

  #read(entries: readonly LogEntry[]): boolean {
    if (this.#isClosed) return true;
    if (this.#isMute) return false;
    this.#readAt = performance.now();
    if (this.#isAway) this.#isBack();
    for (const { atMs, bytes } of entries) {
      const opened = this.#options.seal.open(bytes);
      const entry = opened && decodeEntry(opened);
      const isOld = this.#options.isSealed && entry && atMs - entry.seenMs > MAX_UNSEEN_MS;
      if (entry === undefined || (isOld && entry.machine !== this.#options.id)) this.#badEntries++;
      else this.#took(this.#group.take(entry, atMs));
    }
    this.#wake();
    return true;
  }

  #took(all: readonly News[]): void {
    for (const news of all) this.#take(news);
    // What was retained while nobody else was known, others are offered now.
    if (this.#isFirst) this.#outgoing.pushFirst(this.#introduction('', true));
    this.#isFirst = false;
  }

  #take(news: News): void {
    const gateway = this.#gateway;
    switch (news.kind) {
      case 'joined':
        this.#unknown.delete(news.machine.id);
        this.#isFirst ||= gateway.isAlone;
        gateway.joined(news.machine);
        this.#keepName();
        return;
      case 'left':
        gateway.left(news.machine.id);
        return;
      case 'forgotten':
        gateway.forgotten(news.id);
        return;
      case 'gap':
        gateway.gap(news.machine.id, news.sinceMs);
        return;
      case 'reset':
        gateway.left(news.machine.id);
        gateway.back(news.machine.id);
        return;
      case 'data': {
        const { id } = this.#options;
        for (const { to, bytes } of news.entry.sections) {
          if (to === '' || to === id) gateway.receive(news.machine.id, bytes);
        }
        return;
      }
      case 'asked':
        // It is told all values that there are.
        this.#isFirst = false;
        this.#outgoing.pushFirst([
          this.#state(news.id),
          ...this.#introduction(news.id, news.values),
        ]);
        return;
      case 'unknown':
        if (!this.#unknown.has(news.id)) this.#unknown.set(news.id, performance.now());
        return;
      case 'echo':
        this.#counted(news.seq);
        return;
      case 'over':
        this.#renew();
        return;
    }
  }

  #counted(seq: number): void {
    const batches = this.#outgoing
      .counted(seq, performance.now())
      .flatMap(({ items }) => items.flatMap(({ batch }) => batch ?? []));
    batches.forEach((batch, i) => {
      const isLast = i === batches.length - 1 && this.#isQuiet;
      this.#gateway.counted(batch, isLast);
    });
  }

  /** Begins another epoch: what had no place in the last one is sent again, as far as it may be. */
  #renew(): void {
    const gateway = this.#gateway;
    const others = this.#group.here;
    let lost = gateway.isAmidst;
    for (const { id } of others) gateway.left(id);
    const was = this.#group.next();
    gateway.named({ id: this.#options.id, epoch: this.#group.self.epoch, name: this.#name });
    const { unread, waiting } = this.#outgoing.takeAll();
    const carried: Item[] = [];
    for (const entry of unread) {
      const content = againOf(entry);
      for (const { batch, sent } of entry.items) {
        sent();
        if (batch === undefined) continue;
        const again = gateway.again(batch);
        lost ||= again.lost || (again.batch !== undefined && content === undefined);
        if (again.batch && content) carried.push({ content, batch: again.batch, sent: () => {} });
      }
    }
    this.#seq = 0;
    // Who asked, or was told who this machine is, hears it from the hello.
    const later = waiting.filter(
      ({ content, batch }) => content.kind === 'data' && batch?.packets.length,
    );
    this.#outgoing.pushFirst([
      this.#hello(was, lost),
      ...this.#introduction('', false),
      ...carried,
      ...later,
    ]);
    for (const { id } of others) gateway.back(id);
    this.#wake();
  }

  /** Of two machines with one name, the one that came later takes another one. */
  #keepName(): void {
    const { self, here } = this.#group;
    const name = freeName(this.#options.name, { ...self, name: this.#name }, here);
    this.#isOutdated ||= name !== this.#name;
    this.#name = name;
  }

  /** Who this machine is, or who is on it, is said in a new epoch. It begins when all that was written has its place. */
  #startAnew(): readonly Item[] | undefined {
    if (this.#outgoing.hasUnread) return undefined;
    this.#isOutdated = false;
    this.#renew();
    return this.#outgoing.take();
  }

  #hello(was: { epoch: number; seq: number } | undefined, lost: boolean): Item {
    const known = this.#group.here.map(({ id, epoch }) => `${id}.${epoch}`);
    const sinceMs = this.#group.self.sinceMs ?? 0;
    return itemOf({ kind: 'hello', name: this.#name, sinceMs, was, lost, known });
  }

  #state(to: string): Item {
    return itemOf({ kind: 'state', name: this.#name, to, sinceMs: this.#group.self.sinceMs ?? 0 });
  }

  #introduction(to: string, values: boolean): Item[] {
    const batches = this.#gateway.introduction(to, values);
    return batches.map((batch) => ({ content: DATA, batch, sent: () => {} }));
  }

  #tick(): void {
    if (!this.#hasAppended && this.#outgoing.isEmpty) this.#outgoing.push(itemOf({ kind: 'beat' }));
    this.#hasAppended = false;
    const now = performance.now();
    this.#isMute ||= this.#failsSince !== undefined && now - this.#failsSince > this.#goneMs;
    if (this.#isAway) this.#tellDown(now - this.#startedAt);
    else if (this.#isMute || now - this.#readAt > this.#goneMs) this.#wentAway();
    for (const [id, since] of this.#unknown) {
      if (now - since < ASK_MS) continue;
      this.#unknown.delete(id);
      this.#outgoing.pushFirst([itemOf({ kind: 'ask', to: id })]);
    }
    this.#wake();
  }

  /** No answer comes of the others: whoever waits for one is told. */
  #wentAway(): void {
    this.#isAway = true;
    for (const { id } of this.#group.here) this.#gateway.left(id);
    this.#tellDown(Number.POSITIVE_INFINITY);
  }

  /** @param afterMs how long it is down */
  #tellDown(afterMs: number): void {
    if (this.#isDownTold || afterMs < this.#goneMs) return;
    this.#isDownTold = true;
    this.#options.onLink(this.#trouble ?? new Error('Nothing comes of the log'));
  }

  #isBack(): void {
    this.#isAway = false;
    this.#isDownTold = false;
    this.#trouble = undefined;
    for (const { id } of this.#group.here) this.#gateway.back(id);
    this.#options.onLink(undefined);
  }

  #failed(error: Error): void {
    this.#trouble = error;
  }
}

const DATA: Content = { kind: 'data', again: undefined };

/** As which an entry is written in the next epoch; `undefined` where it was tried often enough. */
function againOf({ epoch, seq, items }: Written): Content | undefined {
  const [first] = items;
  const before = first?.content.kind === 'data' ? first.content.again : undefined;
  const again = [...(before ?? []), [epoch, seq] as const];
  return again.length > MAX_AGAIN ? undefined : { kind: 'data', again };
}

function itemOf(content: Content): Item {
  return { content, batch: undefined, sent() {} };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
