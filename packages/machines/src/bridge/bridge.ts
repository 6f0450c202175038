// Joins the bus of this machine with the log: appends what the bus sends to other machines, and gives it what they append.
// peers/group.ts decides what follows from an entry; the bridge does it.

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import type { Gateway, Uplink } from '@muster/bus/machines';
import type { Seal } from '../entries/seal.js';
import type { Link, LogEntry } from '../link/link.js';
import type { MachinesStatus } from '../machines.js';
import { GONE_MS, Group } from '../peers/group.js';
import { freeName } from '../peers/name.js';
import type { News } from '../peers/news.js';
import { carryOver } from './carry-over.js';
import { EntryReader } from './entry-reader.js';
import { EntryWriter, pause } from './entry-writer.js';
import { LinkHealth } from './link-health.js';
import { DATA, type Item, itemOf, Outgoing } from './outgoing.js';

/** How many heartbeats an idle machine writes in the time after which it would be gone. */
const BEATS = 5;

/** How long entries of an unknown machine come until it is asked who it is, in milliseconds. */
const ASK_MS = 1_000;

/** How long `close()` waits for what is under way, in milliseconds. */
const CLOSE_MS = 1_000;

export interface BridgeOptions {
  readonly id: string;
  readonly name: string;
  readonly link: Link;
  readonly seal: Seal;
  /** Whether entries are sealed. Then old ones are refused as well. */
  readonly isSealed: boolean;
  readonly historyMs: number;
  /** How long a machine may be silent until it is gone, in milliseconds. Default: `GONE_MS`. */
  readonly goneMs?: number;
  readonly openGateway: (uplink: Uplink) => Gateway;
  /** Called with the reason when the link goes down, and with `undefined` when it is up again. */
  readonly onLink: (trouble: Error | undefined) => void;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #gateway: Gateway;
  readonly #group: Group;
  readonly #goneMs: number;
  readonly #outgoing = new Outgoing();
  /** Machines whose entries come though they are not known, and since when, by performance.now(). */
  readonly #unknown = new Map<string, number>();
  #name: string;
  /** The others need a new introduction: the name of this machine has changed, or its members. */
  #isOutdated = false;
  readonly #health: LinkHealth;
  readonly #reader: EntryReader;
  readonly #writer: EntryWriter;
  #wake: () => void = () => {};
  #beats: NodeJS.Timeout | undefined;
  /** Whether the first other machine has just joined. */
  #isFirst = false;
  #isClosed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#goneMs = options.goneMs ?? GONE_MS;
    const { id, link, seal } = options;
    this.#group = new Group(id, options.historyMs, this.#goneMs);
    this.#health = new LinkHealth(this.#goneMs, {
      down: () => this.#eachOther((other) => this.#gateway.left(other)),
      up: () => this.#eachOther((other) => this.#gateway.back(other)),
      changed: options.onLink,
    });
    this.#reader = new EntryReader(id, seal, options.isSealed);
    const [group, outgoing, health] = [this.#group, this.#outgoing, this.#health];
    this.#writer = new EntryWriter({ link, seal, group, outgoing, health });
    this.#gateway = options.openGateway({
      send: (batch, sent) => this.#send({ content: DATA, batch, sent }),
    });
    this.#gateway.named({ id, epoch: 1, name: this.#name });
  }

  start(): void {
    this.#beats = setInterval(() => this.#tick(), this.#goneMs / BEATS).unref();
    void this.#run();
  }

  get status(): Omit<MachinesStatus, 'group'> {
    const { bytes, messages, dropped } = this.#gateway;
    const lag = this.#outgoing.lagAt(performance.now());
    const { size } = this.#outgoing;
    const { lastError } = this.#health;
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
        up: this.#health.isUp,
        ...(lastError === undefined ? {} : { lastError }),
        lagMs: lag.ms === undefined ? undefined : Math.round(10 * lag.ms) / 10,
        lagBytes: lag.bytes,
        waitingBytes: bytes + size.bytes,
        waitingMessages: messages + size.messages,
        dropped,
        badEntries: this.#reader.refused,
      },
    };
  }

  /** Says goodbye, where the log can be reached. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const end = performance.now() + CLOSE_MS;
    while (!this.#outgoing.isEmpty && performance.now() < end) await pause(10);
    this.#isClosed = true;
    this.#writer.close();
    clearInterval(this.#beats);
    this.#wake();
    if (this.#group.self.isHere) {
      await Promise.race([this.#writer.sayBye().catch(() => {}), pause(CLOSE_MS)]);
    }
    this.#eachOther((id) => this.#gateway.left(id));
    this.#options.link.close();
  }

  async #run(): Promise<void> {
    this.#group.newestMs = await this.#options.link.open({
      read: (entries) => this.#read(entries),
      trouble: (error) => this.#health.failed(error),
    });
    if (this.#isClosed) return;
    this.#outgoing.pushFirst([this.#hello(undefined, false), ...this.#introduction('', false)]);
    while (!this.#isClosed) {
      this.#isOutdated ||= this.#gateway.isStale && this.#health.isUp;
      const items = this.#isOutdated ? this.#startAnew() : this.#outgoing.take();
      if (items !== undefined) await this.#writer.write(items);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #send(item: Item): void {
    this.#outgoing.push(item);
    this.#wake();
  }

  #read(entries: readonly LogEntry[]): boolean {
    if (this.#isClosed) return true;
    if (this.#health.isMute) return false;
    this.#health.read();
    for (const stored of entries) {
      const entry = this.#reader.open(stored);
      if (entry !== undefined) this.#took(this.#group.take(entry, stored.atMs));
    }
    this.#wake();
    return true;
  }

  #took(all: readonly News[]): void {
    for (const news of all) this.#take(news);
    // The first other machine is offered the values that were retained before it came.
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
        // The answer has all values.
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
    const counted = this.#outgoing.counted(seq, performance.now()).flatMap(({ items }) => items);
    for (const { content } of counted) {
      if (content.kind === 'hello') this.#gateway.asked('');
      if (content.kind === 'ask') this.#gateway.asked(content.to);
    }
    const batches = counted.flatMap(({ batch }) => batch ?? []);
    const isQuiet = this.#outgoing.isEmpty && !this.#outgoing.hasUnread;
    batches.forEach((batch, i) => {
      this.#gateway.counted(batch, isQuiet && i === batches.length - 1);
    });
  }

  /** Begins another epoch, and sends again what had no place in the last one. */
  #renew(): void {
    const gateway = this.#gateway;
    const others = this.#group.here;
    const isAmidst = gateway.isAmidst;
    for (const { id } of others) gateway.left(id);
    const was = this.#group.next();
    gateway.named({ id: this.#options.id, epoch: this.#group.self.epoch, name: this.#name });
    const { unread, waiting } = this.#outgoing.takeAll();
    const { items, lost } = carryOver(unread, waiting, gateway);
    this.#writer.beginEpoch();
    this.#outgoing.pushFirst([
      this.#hello(was, lost || isAmidst),
      ...this.#introduction('', false),
      ...items,
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

  /** Begins an epoch with a new introduction, once all that was written was read back. */
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
    const isSilent = !this.#writer.takeHasAppended() && this.#outgoing.isEmpty;
    if (isSilent) this.#outgoing.push(itemOf({ kind: 'beat' }));
    this.#health.check();
    const now = performance.now();
    for (const [id, since] of this.#unknown) {
      if (now - since < ASK_MS) continue;
      this.#unknown.delete(id);
      this.#outgoing.pushFirst([itemOf({ kind: 'ask', to: id })]);
    }
    this.#wake();
  }

  #eachOther(call: (id: string) => void): void {
    for (const { id } of this.#group.here) call(id);
  }
}
