// How a session is saved: on top of what is stored now, and only where that still is what it was.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Texts } from '@muster/store/procedures';
import { SessionConflictError } from './errors.js';
import type { Format, Loaded, Place, Stored } from './formats/format.js';
import { handleOf } from './handle.js';
import type { Held } from './held.js';
import { haveSameTerms, type Lease, type LeaseRules } from './lease.js';
import { mergeFields } from './merge.js';
import { swapRecord } from './procedures/swap-record.js';
import type { CookieData, SessionFields } from './sessions.js';
import { isTouchDue } from './touch-policy.js';
import type { UserIndex } from './user-index.js';

export interface SavesOptions {
  readonly texts: Texts;
  readonly format: Format;
  readonly rules: LeaseRules;
  readonly index: UserIndex | undefined;
  readonly rejectsConflicts: boolean;
  leaseOf(fields: SessionFields, cookie: CookieData | undefined): Lease;
  /** Whose session this would be. Not asked without an index. */
  userOf(fields: SessionFields, cookie: CookieData | undefined): string | undefined;
}

/** What is to be stored. */
export interface Wanted {
  /** JSON text of the fields. */
  readonly data: string;
  readonly lease: Lease;
  readonly user: string | undefined;
}

/** And what it is to replace. */
interface Target {
  readonly wanted: Wanted;
  readonly over: Stored;
}

/** Each attempt that fails is another's save that succeeded. */
const MAX_ATTEMPTS = 100;
const EAGER_ATTEMPTS = 3;
const MAX_PAUSE_MS = 16;

export class Saves {
  readonly #options: SavesOptions;

  constructor(options: SavesOptions) {
    this.#options = options;
  }

  /** Writes it whatever is there, or only where nothing is. @returns what was written. */
  async put(
    id: string,
    key: string,
    wanted: Wanted,
    condition: 'always' | 'absent' = 'always',
  ): Promise<Stored | undefined> {
    const composed = this.#compose(id, key, wanted);
    const { text, stored } = composed instanceof Promise ? await composed : composed;
    const { lifetime } = wanted.lease;
    return (await this.#options.texts.set(key, text, lifetime, condition)) ? stored : undefined;
  }

  /** Saves what changed since `held.base`. Nothing, where the session is gone. */
  async save(held: Held, key: string, mine: Wanted): Promise<void> {
    const { base } = held;
    if (typeof base === 'string') return;
    return this.#isSame(base, mine)
      ? this.touch(held, key, mine)
      : this.#store(held, key, base, mine);
  }

  /** Whether `save` has nothing to write. A session that is new has all of itself to write. */
  isSaved(held: Held, mine: Wanted): boolean {
    const { base } = held;
    if (typeof base === 'string') return base !== 'fresh';
    return this.#isSame(base, mine) && this.isIdle(held, mine);
  }

  /** Whether `touch` has nothing to write. */
  isIdle({ base }: Held, wanted: Omit<Wanted, 'data'>): boolean {
    if (typeof base === 'string') return true;
    const { endsAt, cookie, touchAfterMs: afterMs } = wanted.lease;
    return (
      !isTouchDue({ endsAt, endsAtBefore: base.endsAt, now: Date.now(), afterMs }) &&
      haveSameTerms(this.#options.rules, base.cookie, cookie) &&
      !this.#isOutOfPlace(base, wanted)
    );
  }

  /** Moves the end, where that is due. Writes no data, but for a cookie that says something else than before. */
  async touch(held: Held, key: string, wanted: Omit<Wanted, 'data'>): Promise<void> {
    const { base } = held;
    if (typeof base === 'string') return;
    const { format, rules, texts } = this.#options;
    const { endsAt, lifetime, cookie, touchAfterMs: afterMs } = wanted.lease;
    const now = Date.now();
    const isDue = isTouchDue({ endsAt, endsAtBefore: base.endsAt, now, afterMs });
    if (
      !haveSameTerms(rules, base.cookie, cookie) ||
      this.#isOutOfPlace(base, wanted) ||
      (isDue && format.mustRewrite(base))
    ) {
      const data = JSON.stringify(format.fieldsOf(base));
      return this.#store(held, key, base, { ...wanted, data });
    }
    if (!isDue) return;
    const isThere = await format.move(texts, key, { endsAt, afterMs, now, lifetime });
    held.base = isThere ? { ...base, cookie, endsAt, seenAt: now } : 'gone';
  }

  async #store(held: Held, key: string, base: Stored, mine: Wanted): Promise<void> {
    const { format, texts } = this.#options;
    let target = held.isWhole ? { wanted: mine, over: base } : await this.#onTop(key, base, mine);
    for (let attempt = 1; target; attempt++) {
      const { wanted, over } = target;
      const composed = this.#compose(held.id, key, wanted, over);
      const { text, stored } = composed instanceof Promise ? await composed : composed;
      texts.checkSize(key, text);
      const input = { mark: over.mark, next: text, lifetime: wanted.lease.lifetime };
      const swap = await texts.run(swapRecord, [key], input);
      if ('outcome' in swap) {
        const isGone = swap.outcome === 'gone';
        const [kept, dropped] = isGone ? [over, stored] : [stored, over];
        if (dropped.place?.token !== kept.place?.token) await this.#forget(held.id, dropped.place);
        held.isWhole = wanted === mine;
        // What others changed is stored now, and not in what this request has: its next save is told against its own.
        held.base = isGone ? 'gone' : held.isWhole ? stored : this.#with(key, stored, mine.data);
        return;
      }
      if (attempt === MAX_ATTEMPTS) throw tooBusy();
      await pause(attempt);
      target = this.#merged(base, mine, format.read(key, swap.current));
    }
    held.base = 'gone';
  }

  async #onTop(key: string, base: Stored, mine: Wanted): Promise<Target | undefined> {
    const { format, texts } = this.#options;
    const found = await format.find(texts, key);
    return this.#merged(base, mine, found === undefined ? undefined : format.read(key, found));
  }

  /** What is no session any more is as gone as what is not there. */
  #merged(base: Stored, mine: Wanted, current: Loaded | undefined): Target | undefined {
    if (!current) return undefined;
    const { format, rules, rejectsConflicts, leaseOf, userOf } = this.#options;
    const { data, conflicts } = mergeFields(format.fieldsOf(base), mine.data, current.fields);
    if (rejectsConflicts && conflicts.length > 0) throw conflictOf(conflicts);
    const { cookie } = current.stored;
    const isTheirs =
      haveSameTerms(rules, base.cookie, mine.lease.cookie) &&
      !haveSameTerms(rules, base.cookie, cookie);
    const fields = JSON.parse(data);
    const lease = isTheirs ? leaseOf(fields, cookie) : mine.lease;
    return {
      wanted: { data, lease, user: userOf(fields, lease.cookie) },
      over: current.stored,
    };
  }

  /** A promise only where the index has to be told first: else calls go to the store in the order they were made in. */
  #compose(id: string, key: string, { data, lease, user }: Wanted, over?: Stored) {
    const now = Date.now();
    const { index, format } = this.#options;
    const { cookie, endsAt } = lease;
    const createdAt = over?.createdAt ?? now;
    const write = (place: Place | undefined) =>
      format.write(key, { id, data, cookie, endsAt, seenAt: now, createdAt, place });
    if (!index) return write(over?.place);
    const place = index.place(user, { handle: handleOf(id), endsAt }, over?.place, now);
    return place instanceof Promise ? place.then(write) : write(place);
  }

  /** Whether nothing but the end differs. */
  #isSame(base: Stored, mine: Wanted): boolean {
    const { format, rules } = this.#options;
    return (
      format.hasData(base, mine.data) &&
      haveSameTerms(rules, base.cookie, mine.lease.cookie) &&
      !this.#isAnothers(base, mine.user)
    );
  }

  /** As if these fields were what is stored. */
  #with(key: string, stored: Stored, data: string): Stored {
    return this.#options.format.write(key, { ...stored, data }).stored;
  }

  #isAnothers({ place }: Stored, user: string | undefined): boolean {
    if (!this.#options.index) return false;
    return user === undefined ? place !== undefined : place?.user !== handleOf(user);
  }

  /** Whether the index has to learn of it: without looking at whose it is, which changes with the data. */
  #isOutOfPlace({ place }: Stored, { user, lease }: Omit<Wanted, 'data'>): boolean {
    if (!this.#options.index) return false;
    return (
      (user === undefined) !== (place === undefined) || lease.endsAt > (place?.until ?? Infinity)
    );
  }

  async #forget(id: string, place: Place | undefined): Promise<void> {
    await this.#options.index?.forget(handleOf(id), place);
  }
}

function conflictOf(fields: readonly string[]): SessionConflictError {
  const names = fields.map((field) => JSON.stringify(field)).join(', ');
  return new SessionConflictError(
    `The session was not saved: another request has changed ${names} meanwhile; answer with 409, or load it again`,
    fields,
  );
}

function tooBusy(): SessionConflictError {
  return new SessionConflictError(
    `The session was not saved: others changed it ${MAX_ATTEMPTS} times meanwhile; save it less often`,
  );
}

async function pause(attempt: number): Promise<void> {
  if (attempt <= EAGER_ATTEMPTS) return;
  await delay(randomInt(Math.min(2 ** (attempt - EAGER_ATTEMPTS), MAX_PAUSE_MS) + 1));
}
