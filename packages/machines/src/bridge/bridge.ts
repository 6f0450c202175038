// Joins the bus of this machine with the log: appends what the bus sends to other machines, and gives it what they append.
// peers/group.ts decides what follows from an entry; the bridge does it.

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import type { Gateway, Uplink } from '@muster/bus/machines';
import type { Seal } from '../entries/seal.js';
import type { Link, LogEntry } from '../link/link.js';
import type { MachinesStatus } from '../machines.js';
import type { GroupEvent } from '../peers/events.js';
import { GONE_MS, Group } from '../peers/group.js';
import { carryOver } from './carry-over.js';
import { EntryReader } from './entry-reader.js';
import { EntryWriter, pause } from './entry-writer.js';
import { Introductions } from './introductions.js';
import { LinkHealth } from './link-health.js';
import { type JoinEvents, News } from './news.js';
import { DATA, type Item, itemOf, Outgoing } from './outgoing.js';
import { statusOf } from './status.js';
import { Strangers } from './strangers.js';

/** How many heartbeats an idle machine writes in the time after which it would be gone. */
const HEARTBEATS = 5;

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
  readonly events?: JoinEvents;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #gateway: Gateway;
  readonly #group: Group;
  readonly #goneMs: number;
  readonly #outgoing = new Outgoing();
  readonly #strangers = new Strangers();
  readonly #introductions: Introductions;
  readonly #news: News;
  /** The others need a new introduction: the name of this machine has changed, or its members. */
  #isOutdated = false;
  readonly #health: LinkHealth;
  readonly #reader: EntryReader;
  readonly #writer: EntryWriter;
  #wake: () => void = () => {};
  #heartbeats: NodeJS.Timeout | undefined;
  /** Whether the first other machine has just joined. */
  #isFirst = false;
  #isClosed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#goneMs = options.goneMs ?? GONE_MS;
    this.#news = new News(options.events ?? {});
    const { id, name, link, seal } = options;
    this.#group = new Group(id, options.historyMs, this.#goneMs);
    this.#health = new LinkHealth(this.#goneMs, {
      down: () => this.#eachOther((other) => this.#gateway.left(other)),
      up: () => this.#eachOther((other) => this.#gateway.back(other)),
      changed: (trouble) => this.#news.link(trouble),
    });
    this.#reader = new EntryReader(id, seal, options.isSealed);
    const [group, outgoing, health] = [this.#group, this.#outgoing, this.#health];
    this.#writer = new EntryWriter({ link, seal, group, outgoing, health });
    this.#gateway = options.openGateway({
      send: (batch, sent) => {
        this.#outgoing.push({ content: DATA, batch, sent });
        this.#wake();
      },
    });
    this.#introductions = new Introductions(name, group, this.#gateway);
    this.#gateway.identify({ id, epoch: 1, name });
  }

  start(): void {
    this.#heartbeats = setInterval(() => this.#tick(), this.#goneMs / HEARTBEATS).unref();
    void this.#run();
  }

  get status(): Omit<MachinesStatus, 'group'> {
    return statusOf({
      name: this.#introductions.name,
      group: this.#group,
      gateway: this.#gateway,
      outgoing: this.#outgoing,
      health: this.#health,
      reader: this.#reader,
    });
  }

  /** Leaves the group, where the log can be reached. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const end = performance.now() + CLOSE_MS;
    while (!this.#outgoing.isEmpty && performance.now() < end) await pause(10);
    this.#isClosed = true;
    this.#writer.close();
    clearInterval(this.#heartbeats);
    this.#wake();
    if (this.#group.self.isPresent) {
      await Promise.race([this.#writer.leave().catch(() => {}), pause(CLOSE_MS)]);
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
    this.#outgoing.pushFirst(this.#introductions.hello(undefined, false));
    while (!this.#isClosed) {
      this.#isOutdated ||= this.#gateway.isStale && this.#health.isUp;
      const items = this.#isOutdated ? this.#introduceAgain() : this.#outgoing.take();
      if (items !== undefined) await this.#writer.write(items);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #read(entries: readonly LogEntry[]): boolean {
    if (this.#isClosed) return true;
    if (this.#health.isMute) return false;
    this.#health.read();
    for (const stored of entries) {
      const entry = this.#reader.open(stored);
      if (entry === undefined) {
        this.#news.refused();
        continue;
      }
      const events = this.#group.read(entry, stored.atMs);
      for (const event of events) this.#handle(event);
      this.#news.read(events);
      // The first other machine is offered the values that were retained before it came.
      if (this.#isFirst) this.#outgoing.pushFirst(this.#introductions.offer());
      this.#isFirst = false;
    }
    this.#wake();
    return true;
  }

  #handle(event: GroupEvent): void {
    const gateway = this.#gateway;
    switch (event.kind) {
      case 'joined':
        this.#strangers.joined(event.machine.id);
        this.#isFirst ||= gateway.isAlone;
        gateway.joined(event.machine);
        // Of two machines with one name, the one that came later takes another one.
        this.#isOutdated = this.#introductions.avoidNames() || this.#isOutdated;
        return;
      case 'left':
        gateway.left(event.machine.id);
        return;
      case 'forgotten':
        gateway.forgotten(event.id);
        return;
      case 'missed':
        this.#outgoing.pushFirst([this.#introductions.sync(event.id)]);
        return;
      case 'gap':
        gateway.gap(event.id, event.sinceMs);
        return;
      case 'reset':
        gateway.left(event.machine.id);
        gateway.back(event.machine.id);
        return;
      case 'data': {
        const { id } = this.#options;
        for (const { to, bytes } of event.entry.sections) {
          if (to === '' || to === id) gateway.receive(event.machine.id, bytes);
        }
        return;
      }
      case 'asked':
        // The answer has all values.
        this.#isFirst = false;
        this.#outgoing.pushFirst(this.#introductions.answer(event.id, event.values, event.request));
        return;
      case 'stranger':
        this.#strangers.heard(event.id);
        return;
      case 'committed':
        this.#committed(event.seq);
        return;
      case 'epoch-over':
        this.#startEpoch();
        return;
    }
  }

  #committed(seq: number): void {
    const items = this.#outgoing.committed(seq, performance.now()).flatMap(({ items: all }) => all);
    for (const { content } of items) {
      if (content.kind === 'hello') this.#gateway.requested('');
      if (content.kind === 'sync') this.#gateway.requested(content.to);
    }
    const batches = items.flatMap(({ batch }) => batch ?? []);
    const isQuiet = this.#outgoing.isEmpty && !this.#outgoing.hasUnread;
    batches.forEach((batch, i) => {
      this.#gateway.committed(batch, isQuiet && i === batches.length - 1);
    });
  }

  /** Begins another epoch, and sends again what had no place in the last one. */
  #startEpoch(): void {
    const [gateway, introductions] = [this.#gateway, this.#introductions];
    const others = this.#group.present;
    const { hasPartialMessages } = gateway;
    for (const { id } of others) gateway.left(id);
    const committed = this.#group.startEpoch();
    const { id, epoch } = this.#group.self;
    gateway.identify({ id, epoch, name: introductions.name });
    const { unread, waiting } = this.#outgoing.takeAll();
    const { items, lost } = carryOver(unread, waiting, gateway);
    this.#writer.startEpoch();
    this.#outgoing.pushFirst([
      ...introductions.hello(committed, lost || hasPartialMessages),
      ...this.#group.missed.map((missed) => introductions.sync(missed)),
      ...items,
    ]);
    for (const { id: other } of others) gateway.back(other);
    this.#wake();
  }

  /** Begins an epoch with a new introduction, once all that was written was read back. */
  #introduceAgain(): readonly Item[] | undefined {
    if (this.#outgoing.hasUnread) return undefined;
    this.#isOutdated = false;
    this.#startEpoch();
    return this.#outgoing.take();
  }

  #tick(): void {
    const isSilent = !this.#writer.takeHasAppended() && this.#outgoing.isEmpty;
    if (isSilent) this.#outgoing.push(itemOf({ kind: 'heartbeat' }));
    this.#health.check();
    for (const id of this.#strangers.takeDue()) {
      this.#outgoing.pushFirst([this.#introductions.sync(id)]);
    }
    this.#wake();
  }

  #eachOther(call: (id: string) => void): void {
    for (const { id } of this.#group.present) call(id);
  }
}
