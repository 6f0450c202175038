/**
 * Brings the packets of a namespace into the order of their numbers. The bus is the fast way; what it does not bring, because its
 * sender died or this process was cut off, is read from the log.
 */
import { clearTimer, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import { DeliveryOrder } from './delivery-order.js';
import type { Packet } from './packet.js';
import type { LogEntry, PacketLog } from './packet-log.js';

/** The bus may be this late before the log is read. */
const FILL_AFTER_MS = 20;
/** A process that stands still for longer between taking a number and writing its packets takes other numbers. */
const CLOSE_AFTER_MS = 1000;
/** If the store is away, or fails for long, the connected sockets wait no longer for what is missing. */
const GIVE_UP_AFTER_MS = { away: 5000, failing: 60_000 };

export interface FeedHost {
  deliver(number: number, packet: Packet): void;
  /** Of a packet that was written before the first `look` had its answer, and comes after that. */
  deliverLate(packet: Packet): void;
  isStoreAway(): boolean;
}

export class PacketFeed {
  readonly #order = new DeliveryOrder();
  readonly #log: PacketLog;
  readonly #host: FeedHost;
  #timer: Timer | undefined;
  /** The gap as it was first seen. */
  #gap: { readonly to: number; readonly at: number } | undefined;
  #isClosed = false;

  constructor(log: PacketLog, host: FeedHost) {
    this.#log = log;
    this.#host = host;
  }

  /** The number up to which this process has delivered everything; `undefined` before the first `look`. */
  get delivered(): number | undefined {
    return this.#order.delivered;
  }

  arrived(number: number, entry: LogEntry): void {
    const isPacket = typeof entry === 'object';
    this.#order.offer(
      number,
      () => isPacket && this.#host.deliver(number, entry),
      () => isPacket && this.#host.deliverLate(entry),
    );
    this.#arm();
  }

  /** Runs `run` after every packet that is known so far. */
  follow(run: () => void): void {
    this.#order.follow(run);
  }

  /** Asks the log for packets that the bus may never bring. The first call decides where this process begins. */
  async look(): Promise<void> {
    const head = await this.#log.head();
    if (this.#isClosed) return;
    this.#order.start(head);
    this.#order.expect(head);
    this.#arm();
  }

  /** Resolves with whether everything up to this number is delivered. A number that nobody has taken is not waited for. */
  async reached(number: number): Promise<boolean> {
    if (number > (this.delivered ?? 0)) {
      await this.look();
      await new Promise<void>((resolve) => this.follow(resolve));
    }
    return this.delivered !== undefined && number <= this.delivered;
  }

  close(): void {
    this.#isClosed = true;
    clearTimer(this.#timer);
  }

  #arm(): void {
    if (this.#timer || this.#isClosed) return;
    const gap = this.#order.gap();
    if (!gap) {
      this.#gap = undefined;
      return;
    }
    this.#gap ??= { to: gap.to, at: timeOfDay() };
    this.#timer = setTimer(() => void this.#fill(), FILL_AFTER_MS).unref();
  }

  async #fill(): Promise<void> {
    try {
      await this.#readGap();
    } catch {
      const gap = this.#order.gap();
      const longest = GIVE_UP_AFTER_MS[this.#host.isStoreAway() ? 'away' : 'failing'];
      if (gap && this.#age() > longest) this.#order.skipTo(gap.to);
    }
    this.#timer = undefined;
    this.#arm();
  }

  async #readGap(): Promise<void> {
    const gap = this.#order.gap();
    if (!gap) return;
    const first = this.#gap;
    // Further behind than the log reaches.
    if (gap.to - gap.from >= this.#log.maxPackets) return this.#order.skipTo(gap.to);
    for await (const [number, entry] of this.#log.read(gap.from, gap.to)) {
      if (entry !== undefined) this.arrived(number, entry);
      else if (first && number <= first.to && this.#age() > CLOSE_AFTER_MS) {
        if (await this.#log.close(number)) this.arrived(number, 'hole');
      }
    }
    if (first && (this.#order.delivered ?? 0) >= first.to) this.#gap = undefined;
  }

  #age(): number {
    return this.#gap ? timeOfDay() - this.#gap.at : 0;
  }
}
