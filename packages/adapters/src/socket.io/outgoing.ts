/**
 * What an adapter sends, in order: packets that are logged first, which takes a moment, and messages between them. Packets
 * that come while others are written form the next batch.
 */
import type { Packet } from './packet.js';
import type { LogEntry, PacketLog } from './packet-log.js';

const MOST_AT_ONCE = 256;

export interface OutgoingSettings {
  readonly log: PacketLog;
  /** A packet has its number. */
  readonly numbered: (number: number, packet: Packet) => void;
  /** A packet could not be logged, and is not in the log. */
  readonly unlogged: (packet: Packet) => void;
  /** Whether the store is known to be away. */
  readonly isStoreAway: () => boolean;
}

type Item = { readonly packet: Packet } | { readonly run: () => void };

export class Outgoing {
  readonly #settings: OutgoingSettings;
  #items: Item[] = [];
  #isSending = false;
  /** Whether packets are missing in the log, and the log does not tell so far. */
  #isBroken = false;

  constructor(settings: OutgoingSettings) {
    this.#settings = settings;
  }

  /** Logs the packet, and then sends it. */
  log(packet: Packet): void {
    this.#items.push({ packet });
    if (!this.#isSending) void this.#send();
  }

  /** Runs `run` when all packets before it were sent: at once if there are none. */
  run(run: () => void): void {
    if (!this.#isSending) run();
    else this.#items.push({ run });
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    // Packets of the same turn are one batch.
    await undefined;
    while (this.#items.length > 0) {
      const batch = this.#takePackets();
      if (batch.length > 0) await this.#log(batch);
      else this.#takeRun()?.();
    }
    this.#isSending = false;
  }

  #takePackets(): Packet[] {
    const end = this.#items.findIndex((item) => 'run' in item);
    const count = Math.min(end < 0 ? this.#items.length : end, MOST_AT_ONCE);
    return this.#items.splice(0, count).flatMap((item) => ('packet' in item ? [item.packet] : []));
  }

  #takeRun(): (() => void) | undefined {
    const item = this.#items.shift();
    return item && 'run' in item ? item.run : undefined;
  }

  async #log(packets: readonly Packet[]): Promise<void> {
    const { log, numbered, unlogged, isStoreAway } = this.#settings;
    const entries: LogEntry[] = this.#isBroken ? ['break', ...packets] : [...packets];
    let next: number;
    try {
      if (isStoreAway()) throw new Error('the store is away');
      next = (await log.append(entries, isStoreAway)) + entries.length - packets.length;
      this.#isBroken = false;
    } catch (error) {
      this.#isBroken = true;
      // Those that may be in the log after all are not sent beside it: they would arrive twice.
      if (!mayBeWritten(error)) for (const packet of packets) unlogged(packet);
      return;
    }
    for (const packet of packets) numbered(next++, packet);
  }
}

function mayBeWritten(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'MUSTER_OUTCOME_UNKNOWN';
}
