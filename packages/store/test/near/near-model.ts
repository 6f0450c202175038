// A server, its clients and the connections between them, as small as they can be: one key, a clock that ticks, and messages
// that arrive when the search says so. It knows what a near cache must never give.
import type { NearEntries } from '../../dist/near/near-entries.js';

/** Ticks: what was replaced in an earlier one must not be given. */
export const MAX_STALE = 0;

type Reply =
  | { readonly kind: 'read'; readonly value: number; readonly slot: Slot; readonly sentAt: number }
  | { readonly kind: 'written' };
type Slot = ReturnType<NearEntries['begin']>;
type Request =
  | { readonly kind: 'read'; readonly slot: Slot; readonly sentAt: number }
  | { readonly kind: 'write' };
/** What the feed tells: a change, or that all before a time has been told. */
type Told = 'changed' | { readonly sentAt: number };

/** What may happen. */
export type Step =
  /** It is given what is kept, or a read is sent. */
  | 'get'
  /** The server takes the next request of this process. */
  | 'serve'
  /** Its next answer arrives. */
  | 'reply'
  /** The next message of the feed arrives. */
  | 'feed'
  /** Another process writes. */
  | 'otherWrites'
  | 'ownWrites'
  /** A confirmation is asked for, and answered behind all that was told. */
  | 'confirm'
  | 'tick'
  /** The feed breaks, and with it all that was on its way. */
  | 'cut'
  /** It is back, and a gap is told. */
  | 'back';

/** How often each may happen at most, so that a search ends. */
export type Most = Partial<Record<Step, number>>;

export class NearModel {
  readonly #entries: NearEntries;
  #now = 0;
  #value = 0;
  /** By value: when its replacement was acknowledged. */
  readonly #replacedAt = new Map<number, number>();
  readonly #requests: Request[] = [];
  readonly #replies: Reply[] = [];
  #told: Told[] = [];
  #isLive = true;
  /** The least that this process may be given since it called for a write of its own, awaited or not. */
  #own = 0;
  readonly #left: Most;

  constructor(entries: NearEntries, most: Most) {
    this.#entries = entries;
    this.#left = { ...most };
    entries.confirm(0);
  }

  can(step: Step): boolean {
    if (!this.#left[step]) return false;
    if (step === 'serve') return this.#requests.length > 0;
    if (step === 'reply') return this.#replies.length > 0;
    if (step === 'feed') return this.#told.length > 0;
    if (step === 'back') return !this.#isLive;
    return (step !== 'confirm' && step !== 'cut') || this.#isLive;
  }

  /** @returns what is wrong, if anything is. */
  take(step: Step): string | undefined {
    this.#left[step] = (this.#left[step] ?? 0) - 1;
    return this[step]();
  }

  private get(): string | undefined {
    const found = this.#entries.find('key', this.#now);
    if (typeof found !== 'object') {
      this.#requests.push({ kind: 'read', slot: this.#entries.begin('key'), sentAt: this.#now });
      return undefined;
    }
    const value = Number(found.text);
    if (value < this.#own) return `${value} was given after this process wrote ${this.#own}`;
    const age = this.#now - (this.#replacedAt.get(value) ?? this.#now);
    return age > MAX_STALE ? `${value} was given ${age} ticks after its replacement` : undefined;
  }

  private serve(): undefined {
    const request = this.#requests.shift();
    if (request?.kind === 'read') this.#replies.push({ ...request, value: this.#value });
    else {
      this.#write();
      this.#replies.push({ kind: 'written' });
    }
  }

  private reply(): undefined {
    const reply = this.#replies.shift();
    if (reply?.kind === 'written') {
      this.#entries.drop('key');
    } else if (reply?.slot) {
      this.#entries.fill('key', reply.slot, String(reply.value), Infinity, reply.sentAt);
    }
  }

  private feed(): undefined {
    const told = this.#told.shift();
    if (told === 'changed') this.#entries.drop('key');
    else if (told) this.#entries.confirm(told.sentAt);
  }

  private otherWrites(): undefined {
    this.#write();
  }

  private ownWrites(): undefined {
    this.#entries.drop('key');
    this.#requests.push({ kind: 'write' });
    this.#own = this.#value + 1;
  }

  private confirm(): undefined {
    this.#told.push({ sentAt: this.#now });
  }

  private tick(): undefined {
    this.#now++;
  }

  private cut(): undefined {
    this.#isLive = false;
    this.#told = [];
  }

  private back(): undefined {
    this.#isLive = true;
    this.#entries.clear(this.#now);
  }

  #write(): void {
    this.#replacedAt.set(this.#value, this.#now);
    if (this.#isLive) this.#told.push('changed');
    this.#value++;
  }
}
