// How a session is saved: on top of what is stored now, and only where that still is what it was.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionConflictError } from '../errors.js';
import type { Loaded, Place, Stored } from '../formats/format.js';
import { type End, haveSameTerms } from '../life/lease.js';
import { isTouchDue } from '../life/touch-policy.js';
import { swapRecord } from '../procedures/swap-record.js';
import { handleOf } from '../secrets/handle.js';
import type { StoredSessions } from '../stored/stored-sessions.js';
import type { Held } from './held.js';
import { mergeFields } from './merge.js';
import type { Terms, Wanted, WantedEnd } from './terms.js';

export interface SavesOptions {
  readonly stored: StoredSessions;
  readonly terms: Pick<Terms<object>, 'framework' | 'ofFields'>;
  readonly rejectsConflicts: boolean;
}

/** What is to be stored, and what it is to replace. */
export interface Target {
  readonly wanted: Wanted;
  readonly over: Stored;
}

interface PutOptions {
  readonly condition?: 'always' | 'absent';
  /** The session as it is under the id that it has until now. */
  readonly from?: Stored;
  /** What it ends by until it is given the end of its lease, which the index has. Default: that. */
  readonly end?: End;
  /** Told of what is about to be written. */
  readonly onTry?: (stored: Stored) => void;
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

  /** @returns what was written; nothing where the condition says no. */
  async put(id: string, wanted: Wanted, options: PutOptions = {}): Promise<Stored | undefined> {
    const { condition = 'always', from, onTry, end = wanted.lease } = options;
    const { texts } = this.#options.stored;
    const composed = this.#compose(id, wanted, from, end.endsAt);
    const { text, stored } = composed instanceof Promise ? await composed : composed;
    onTry?.(stored);
    const key = this.#keyOf(id);
    const isWritten = await texts.set(key, text, end.lifetime, condition);
    return isWritten ? stored : undefined;
  }

  /** Saves what changed since `held.base`. Nothing, where the session is gone. */
  async save(held: Held, mine: Wanted): Promise<void> {
    const { base } = held;
    if (base === 'fresh') return this.#create(held, mine);
    if (base === 'unread') {
      await this.put(held.id, mine);
      return;
    }
    if (typeof base === 'string') return;
    return this.#isSame(base, mine) ? this.touch(held, mine) : this.#store(held, base, mine);
  }

  /** Whether `save` has nothing to write. */
  isSaved(held: Held, mine: Wanted): boolean {
    const { base } = held;
    if (typeof base === 'string') return base === 'gone' || base === 'detached';
    return this.#isSame(base, mine) && this.isIdle(held, mine);
  }

  /** Whether `touch` has nothing to write. */
  isIdle({ base }: Held, wanted: WantedEnd): boolean {
    if (typeof base === 'string') return base !== 'unread';
    return !this.#isDue(base, wanted) && this.#isInOrder(base, wanted);
  }

  /** Moves the end, where that is due. Writes no data, but for a cookie that says something else than before. */
  async touch(held: Held, wanted: WantedEnd): Promise<void> {
    const { stored } = this.#options;
    const { format, texts, clock } = stored;
    if (held.base === 'unread') held.base = (await stored.findById(held.id))?.stored ?? 'gone';
    const { base } = held;
    if (typeof base === 'string') return;
    const isDue = this.#isDue(base, wanted);
    if (!this.#isInOrder(base, wanted) || (isDue && format.mustRewrite(base))) {
      const data = JSON.stringify(format.fieldsOf(base));
      return this.#store(held, base, { ...wanted, data });
    }
    if (!isDue) return;
    const { endsAt, lifetime, cookie, touchAfterMs: afterMs } = wanted.lease;
    const now = clock.now();
    const move = { endsAt, afterMs, now, lifetime };
    const isThere = await format.move(texts, this.#keyOf(held.id), move);
    held.base = isThere ? { ...base, cookie, endsAt, seenAt: now } : 'gone';
    if (isThere && base.place) await stored.index?.renew(handleOf(held.id), base.place);
  }

  /** As if these fields were what is stored. */
  withData(stored: Stored, data: string): Stored {
    return this.#options.stored.format.write(this.#keyOf(stored.id), { ...stored, data }).stored;
  }

  /** What to store on top of what others saved. What is no session any more is as gone as what is not there. */
  merged(base: Stored, mine: Wanted, current: Loaded | undefined): Target | undefined {
    if (!current) return undefined;
    const { rejectsConflicts, terms, stored } = this.#options;
    const { rules } = terms.framework;
    const was = stored.format.fieldsOf(base);
    const { data, conflicts } = mergeFields(was, mine.data, current.fields);
    if (rejectsConflicts && conflicts.length > 0) throw conflictOf(conflicts);
    const { cookie } = current.stored;
    const isTheirs =
      haveSameTerms(rules, base.cookie, mine.lease.cookie) &&
      !haveSameTerms(rules, base.cookie, cookie);
    const wanted = terms.ofFields(data, isTheirs ? cookie : mine.lease.cookie);
    return { wanted: isTheirs ? wanted : { ...wanted, lease: mine.lease }, over: current.stored };
  }

  /** A promise only where the index has to be told first: else calls go to the store in the order they were made in. */
  #compose(
    id: string,
    { data, lease, user }: Wanted,
    over: Stored | undefined,
    endsAt = lease.endsAt,
  ) {
    const { index, format, clock } = this.#options.stored;
    const now = clock.now();
    const { cookie } = lease;
    const createdAt = over?.createdAt ?? now;
    const write = (place: Place | undefined) =>
      format.write(this.#keyOf(id), { id, data, cookie, endsAt, seenAt: now, createdAt, place });
    const isMoving = over !== undefined && over.id !== id;
    if (!index) return write(isMoving ? undefined : over?.place);
    const session = { handle: handleOf(id), endsAt: lease.endsAt, isMoving };
    const place = index.place(user, session, over?.place, now);
    return place instanceof Promise ? place.then(write) : write(place);
  }

  async #create(held: Held, mine: Wanted): Promise<void> {
    const made = await this.put(held.id, mine, {
      condition: 'absent',
      onTry: ({ mark }) => held.tried.add(mark.text),
    });
    const there = made ? undefined : await this.#options.stored.findById(held.id);
    if (!there) held.base = made ?? (await this.put(held.id, mine)) ?? 'gone';
    else if (held.tried.has(there.stored.mark.text)) {
      held.base = there.stored;
      await this.save(held, mine);
    } else throw idTaken();
  }

  async #store(held: Held, base: Stored, mine: Wanted): Promise<void> {
    const { format, texts } = this.#options.stored;
    let target = held.isWhole ? { wanted: mine, over: base } : await this.#onTop(held, base, mine);
    for (let attempt = 1; target; attempt++) {
      const { wanted, over } = target;
      const key = this.#keyOf(held.id);
      const composed = this.#compose(held.id, wanted, over);
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
        held.base = isGone ? 'gone' : held.isWhole ? stored : this.withData(stored, mine.data);
        return;
      }
      await nextAttempt(attempt);
      const current = format.read(key, swap.current);
      target = current?.stored.movedTo
        ? await this.#onTop(held, base, mine)
        : this.merged(base, mine, current);
    }
    held.base = 'gone';
  }

  /** Follows a session that has got another id. */
  async #onTop(held: Held, base: Stored, mine: Wanted): Promise<Target | undefined> {
    const current = await this.#options.stored.findById(held.id);
    if (current) held.id = current.stored.id;
    return this.merged(base, mine, current);
  }

  /** Only what has a key comes here. */
  #keyOf(id: string): string {
    return this.#options.stored.format.keyOf(id) ?? '';
  }

  #isDue({ endsAt: endsAtBefore }: Stored, { lease }: WantedEnd): boolean {
    const { endsAt, touchAfterMs: afterMs } = lease;
    return isTouchDue({ endsAt, endsAtBefore, now: this.#options.stored.clock.now(), afterMs });
  }

  /** Whether nothing but the end differs. */
  #isSame(base: Stored, mine: Wanted): boolean {
    const { stored, terms } = this.#options;
    return (
      stored.format.hasData(base, mine.data) &&
      haveSameTerms(terms.framework.rules, base.cookie, mine.lease.cookie) &&
      !this.#isAnothers(base, mine.user)
    );
  }

  #isAnothers({ place }: Stored, user: string | undefined): boolean {
    if (!this.#options.stored.index) return false;
    return user === undefined ? place !== undefined : place?.user !== handleOf(user);
  }

  /** Whether the end can be moved by itself: the cookie says the same, and the index has it for long enough. */
  #isInOrder({ cookie, place }: Stored, { user, lease }: WantedEnd): boolean {
    const { stored, terms } = this.#options;
    if (!haveSameTerms(terms.framework.rules, cookie, lease.cookie)) return false;
    if (!stored.index) return true;
    // Without looking at whose it is, which changes with the data.
    return (
      (user === undefined) === (place === undefined) && lease.endsAt <= (place?.until ?? Infinity)
    );
  }

  async #forget(id: string, place: Place | undefined): Promise<void> {
    await this.#options.stored.index?.forget(handleOf(id), place);
  }
}

function conflictOf(fields: readonly string[]): SessionConflictError {
  const names = fields.map((field) => JSON.stringify(field)).join(', ');
  return new SessionConflictError(
    `The session was not saved: another request has changed ${names} meanwhile; answer with 409, or load it again`,
    fields,
  );
}

function idTaken(): SessionConflictError {
  return new SessionConflictError(
    'The session was not saved: it is a new one, and another one has its id; make ids that nobody can guess, and no two alike',
  );
}

/** @throws SessionConflictError after too many. */
export async function nextAttempt(attempt: number): Promise<void> {
  if (attempt === MAX_ATTEMPTS) {
    throw new SessionConflictError(
      `The session was not saved: others changed it ${MAX_ATTEMPTS} times meanwhile; save it less often`,
    );
  }
  if (attempt <= EAGER_ATTEMPTS) return;
  await delay(randomInt(Math.min(2 ** (attempt - EAGER_ATTEMPTS), MAX_PAUSE_MS) + 1));
}
