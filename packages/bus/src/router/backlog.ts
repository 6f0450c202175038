// The messages that are kept for a member until it listens: whole messages only, within a bound, dropped from the oldest on
// at the same cost however many there are.

import { bytesOf } from '../wire/cost.js';
import { type Address, CANCEL, FIRST, LOSSY, type Packet } from '../wire/frame.js';
import { isLastPiece, isLossyFirst, isPiece } from '../wire/pieces.js';

/** One message, or one piece of news, in one packet or in several. */
export interface BacklogMessage {
  /** Its topic. `undefined` for a message to this member alone, which is wanted, and never dropped to make room. */
  readonly topic: string | undefined;
  readonly packets: Packet[];
  /** How many messages: none for news. */
  readonly count: number;
  /** By which its further packets are known. */
  readonly long: string | undefined;
  bytes: number;
}

export class Backlog {
  /** In bytes. */
  limit: number;
  /** How many messages were dropped. */
  dropped = 0;
  /** Whether a message was dropped whose sender did not choose that. */
  hasLost = false;
  /** Messages that are older than all of `#messages`, and may not be dropped. */
  #fixed: BacklogMessage[] = [];
  #messages: (BacklogMessage | undefined)[] = [];
  /** The first of `#messages` that is still kept. */
  #head = 0;
  #bytes = 0;
  /** Of what may not be dropped. */
  #fixedBytes = 0;
  #count = 0;
  /** Long messages that are kept, and of which more is to come. */
  readonly #growing = new Map<string, BacklogMessage>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages are kept. */
  get count(): number {
    return this.#count;
  }

  /** Whether a request of so many bytes has room: broadcasts are dropped for it. */
  accepts(bytes: number): boolean {
    return this.#fixedBytes + bytes <= this.limit;
  }

  add(topic: string | undefined, packet: Packet, bytes = bytesOf(packet)): void {
    // Its handler has not started, and nobody is to fill the memory with these.
    if (packet.kind === CANCEL && !this.accepts(bytes)) return;
    const long = packet.kind === FIRST ? longKey(packet) : undefined;
    const message = { topic, packets: [packet], count: packet.count, long, bytes: 0 };
    if (long !== undefined) this.#growing.set(long, message);
    this.#messages.push(message);
    this.#count += message.count;
    this.#grow(message, bytes);
  }

  /** Takes a piece of a long message that is here. @returns `false` for one whose beginning is not. */
  addPiece(piece: Packet, bytes = bytesOf(piece)): boolean {
    const key = longKey(piece);
    const message = this.#growing.get(key);
    if (message === undefined) return false;
    message.packets.push(piece);
    if (isLastPiece(piece.kind)) this.#growing.delete(key);
    this.#grow(message, bytes);
    return true;
  }

  /** Gives the messages that are wanted, in order, and keeps the others. */
  take(wanted: (topic: string | undefined) => boolean): readonly BacklogMessage[] {
    const taken: BacklogMessage[] = [];
    const left: BacklogMessage[] = [];
    for (const message of this.#all) (wanted(message.topic) ? taken : left).push(message);
    this.#fixed = [];
    this.#messages = left;
    this.#head = 0;
    for (const message of taken) this.#forget(message);
    return taken;
  }

  get #all(): readonly BacklogMessage[] {
    return [...this.#fixed, ...(this.#messages.slice(this.#head) as BacklogMessage[])];
  }

  #grow(message: BacklogMessage, bytes: number): void {
    message.bytes += bytes;
    this.#bytes += bytes;
    if (message.topic === undefined) this.#fixedBytes += bytes;
    while (this.#bytes > this.limit && this.#head < this.#messages.length) this.#dropOldest();
    // Places are given back in large steps: moving the rest costs time.
    if (this.#head < 1_024 || this.#head < this.#messages.length / 2) return;
    this.#messages = this.#messages.slice(this.#head);
    this.#head = 0;
  }

  #dropOldest(): void {
    const oldest = this.#messages[this.#head] as BacklogMessage;
    this.#messages[this.#head++] = undefined;
    if (oldest.topic === undefined) {
      this.#fixed.push(oldest);
      return;
    }
    this.#forget(oldest);
    this.dropped += oldest.count;
    this.hasLost ||= !isLossy(oldest);
  }

  /** The pieces of it that are still to come are not kept either. */
  #forget({ topic, bytes, count, long }: BacklogMessage): void {
    if (long !== undefined) this.#growing.delete(long);
    this.#bytes -= bytes;
    if (topic === undefined) this.#fixedBytes -= bytes;
    this.#count -= count;
  }
}

function isLossy({ packets: [first] }: BacklogMessage): boolean {
  return first?.kind === LOSSY || (first?.kind === FIRST && isLossyFirst(first.name));
}

/** Ids are unique per sender, and the address is the sender here. */
function longKey({
  kind,
  name,
  address,
}: {
  kind: string;
  name: string;
  address: Address;
}): string {
  const id = isPiece(kind) ? name : name.slice(0, name.indexOf(':'));
  return `${String(address)} ${id}`;
}
