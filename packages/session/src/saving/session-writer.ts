// Saves a session on top of what is stored now, by compare-and-swap.
import { backOff } from '@muster/store/procedures';
import { SessionConflictError } from '../errors.js';
import { type End, haveSameAttributes } from '../expiry/expiry.js';
import { isTouchDue } from '../expiry/touch-policy.js';
import type { IndexRef, Loaded, Stored } from '../formats/format.js';
import { swapRecord } from '../procedures/swap-record.js';
import { hashOf } from '../secrets/hash.js';
import type { StoredSessions } from '../stored/stored-sessions.js';
import type { Draft, Drafts, EndDraft } from './drafts.js';
import { mergeFields } from './merge.js';
import type { WorkingCopy } from './working-copy.js';

export interface SessionWriterOptions {
  readonly stored: StoredSessions;
  readonly drafts: Pick<Drafts<object>, 'framework' | 'ofFields'>;
  readonly rejectsConflicts: boolean;
}

/** What is to be stored, and what it is to replace. */
export interface Target {
  readonly draft: Draft;
  readonly over: Stored;
}

interface PutOptions {
  readonly condition?: 'always' | 'absent';
  /** The session as it is stored under its old id. */
  readonly from?: Stored;
  /** A provisional end, other than that of the draft's expiry, which the index gets. Default: the same. */
  readonly end?: End;
  /** Called with what is about to be written. */
  readonly onTry?: (stored: Stored) => void;
}

/** Whenever an attempt fails, the save of another process succeeded. */
const MAX_ATTEMPTS = 100;

export class SessionWriter {
  readonly #options: SessionWriterOptions;

  constructor(options: SessionWriterOptions) {
    this.#options = options;
  }

  /** @returns what was written; `undefined` if the condition did not hold. */
  async put(id: string, draft: Draft, options: PutOptions = {}): Promise<Stored | undefined> {
    const { condition = 'always', from, onTry, end = draft.expiry } = options;
    const { texts } = this.#options.stored;
    const composed = this.#compose(id, draft, from, end.endsAt);
    const { text, stored } = composed instanceof Promise ? await composed : composed;
    onTry?.(stored);
    const key = this.#keyOf(id);
    const isWritten = await texts.set(key, text, end.lifetime, condition);
    return isWritten ? stored : undefined;
  }

  /** Saves what changed since `copy.base`; nothing if the session is gone. */
  async save(copy: WorkingCopy, mine: Draft): Promise<void> {
    const { base } = copy;
    if (base === 'fresh') return this.#create(copy, mine);
    if (base === 'unread') {
      await this.put(copy.id, mine);
      return;
    }
    if (typeof base === 'string') return;
    return this.#isSame(base, mine) ? this.touch(copy, mine) : this.#store(copy, base, mine);
  }

  /** Whether `save` has nothing to write. */
  isSaved(copy: WorkingCopy, mine: Draft): boolean {
    const { base } = copy;
    if (typeof base === 'string') return base === 'gone' || base === 'detached';
    return this.#isSame(base, mine) && this.isIdle(copy, mine);
  }

  /** Whether `touch` has nothing to write. */
  isIdle({ base }: WorkingCopy, draft: EndDraft): boolean {
    if (typeof base === 'string') return base !== 'unread';
    return !this.#isDue(base, draft) && this.#isInOrder(base, draft);
  }

  /** Moves the end, if that is due. Writes no data unless the cookie has changed in more than its end. */
  async touch(copy: WorkingCopy, draft: EndDraft): Promise<void> {
    const { stored } = this.#options;
    const { format, texts, clock } = stored;
    if (copy.base === 'unread') copy.base = (await stored.findById(copy.id))?.stored ?? 'gone';
    const { base } = copy;
    if (typeof base === 'string') return;
    const isDue = this.#isDue(base, draft);
    if (!this.#isInOrder(base, draft) || (isDue && format.mustRewrite(base))) {
      const data = JSON.stringify(format.fieldsOf(base));
      return this.#store(copy, base, { ...draft, data });
    }
    if (!isDue) return;
    const { endsAt, lifetime, cookie, touchAfterMs: afterMs } = draft.expiry;
    const now = clock.now();
    const move = { endsAt, afterMs, now, lifetime };
    const isThere = await format.moveEnd(texts, this.#keyOf(copy.id), move);
    copy.base = isThere ? { ...base, cookie, endsAt, seenAt: now } : 'gone';
    if (isThere && base.indexRef) await stored.index?.renew(hashOf(copy.id), base.indexRef);
  }

  /** The record as if it had these fields. */
  withData(stored: Stored, data: string): Stored {
    return this.#options.stored.format.write(this.#keyOf(stored.id), { ...stored, data }).stored;
  }

  /** What to store on top of what others saved; `undefined` if the session is gone, or what is stored is none any more. */
  merged(base: Stored, mine: Draft, current: Loaded | undefined): Target | undefined {
    if (!current) return undefined;
    const { rejectsConflicts, drafts, stored } = this.#options;
    const { rules } = drafts.framework;
    const was = stored.format.fieldsOf(base);
    const { data, conflicts } = mergeFields(was, mine.data, current.fields);
    if (rejectsConflicts && conflicts.length > 0) throw conflictOf(conflicts);
    const { cookie } = current.stored;
    const isTheirs =
      haveSameAttributes(rules, base.cookie, mine.expiry.cookie) &&
      !haveSameAttributes(rules, base.cookie, cookie);
    const draft = drafts.ofFields(data, isTheirs ? cookie : mine.expiry.cookie);
    return { draft: isTheirs ? draft : { ...draft, expiry: mine.expiry }, over: current.stored };
  }

  /** A promise only if the index must change first: otherwise calls reach the store in the order in which they were made. */
  #compose(
    id: string,
    { data, expiry, user }: Draft,
    over: Stored | undefined,
    endsAt = expiry.endsAt,
  ) {
    const { index, format, clock } = this.#options.stored;
    const now = clock.now();
    const { cookie } = expiry;
    const createdAt = over?.createdAt ?? now;
    const write = (indexRef: IndexRef | undefined) =>
      format.write(this.#keyOf(id), { id, data, cookie, endsAt, seenAt: now, createdAt, indexRef });
    const isMoving = over !== undefined && over.id !== id;
    if (!index) return write(isMoving ? undefined : over?.indexRef);
    const session = { hash: hashOf(id), endsAt: expiry.endsAt, isMoving };
    const indexRef = index.add(user, session, over?.indexRef, now);
    return indexRef instanceof Promise ? indexRef.then(write) : write(indexRef);
  }

  async #create(copy: WorkingCopy, mine: Draft): Promise<void> {
    const made = await this.put(copy.id, mine, {
      condition: 'absent',
      onTry: ({ mark }) => copy.attempted.add(mark.text),
    });
    const there = made ? undefined : await this.#options.stored.findById(copy.id);
    if (!there) copy.base = made ?? (await this.put(copy.id, mine)) ?? 'gone';
    else if (copy.attempted.has(there.stored.mark.text)) {
      copy.base = there.stored;
      await this.save(copy, mine);
    } else throw idTaken();
  }

  async #store(copy: WorkingCopy, base: Stored, mine: Draft): Promise<void> {
    const { format, texts } = this.#options.stored;
    let target = copy.isWhole ? { draft: mine, over: base } : await this.#onTop(copy, base, mine);
    for (let attempt = 1; target; attempt++) {
      const { draft, over } = target;
      const key = this.#keyOf(copy.id);
      const composed = this.#compose(copy.id, draft, over);
      const { text, stored } = composed instanceof Promise ? await composed : composed;
      texts.checkSize(key, text);
      const input = { mark: over.mark, next: text, lifetime: draft.expiry.lifetime };
      const swap = await texts.run(swapRecord, [key], input);
      if ('outcome' in swap) {
        const isGone = swap.outcome === 'gone';
        const [kept, dropped] = isGone ? [over, stored] : [stored, over];
        if (dropped.indexRef?.token !== kept.indexRef?.token)
          await this.#forget(copy.id, dropped.indexRef);
        copy.isWhole = draft === mine;
        // The request does not have what others changed: its next save compares with its own data.
        copy.base = isGone ? 'gone' : copy.isWhole ? stored : this.withData(stored, mine.data);
        return;
      }
      await nextAttempt(attempt);
      const current = format.read(key, swap.current);
      target = current?.stored.movedTo
        ? await this.#onTop(copy, base, mine)
        : this.merged(base, mine, current);
    }
    copy.base = 'gone';
  }

  /** Follows a session that has another id by now. */
  async #onTop(copy: WorkingCopy, base: Stored, mine: Draft): Promise<Target | undefined> {
    const current = await this.#options.stored.findById(copy.id);
    if (current) copy.id = current.stored.id;
    return this.merged(base, mine, current);
  }

  /** Only ids that have a key come here. */
  #keyOf(id: string): string {
    return this.#options.stored.format.keyOf(id) ?? '';
  }

  #isDue({ endsAt: endsAtBefore }: Stored, { expiry }: EndDraft): boolean {
    const { endsAt, touchAfterMs: afterMs } = expiry;
    return isTouchDue({ endsAt, endsAtBefore, now: this.#options.stored.clock.now(), afterMs });
  }

  /** Whether nothing but the end differs. */
  #isSame(base: Stored, mine: Draft): boolean {
    const { stored, drafts } = this.#options;
    return (
      stored.format.hasData(base, mine.data) &&
      haveSameAttributes(drafts.framework.rules, base.cookie, mine.expiry.cookie) &&
      !this.#isAnothers(base, mine.user)
    );
  }

  #isAnothers({ indexRef }: Stored, user: string | undefined): boolean {
    if (!this.#options.stored.index) return false;
    return user === undefined ? indexRef !== undefined : indexRef?.user !== hashOf(user);
  }

  /** Whether the end can be moved by itself: the cookie is the same, and the index has the session for long enough. */
  #isInOrder({ cookie, indexRef }: Stored, { user, expiry }: EndDraft): boolean {
    const { stored, drafts } = this.#options;
    if (!haveSameAttributes(drafts.framework.rules, cookie, expiry.cookie)) return false;
    if (!stored.index) return true;
    // Whose session it is changes only with the data, and is not compared.
    return (
      (user === undefined) === (indexRef === undefined) &&
      expiry.endsAt <= (indexRef?.until ?? Infinity)
    );
  }

  async #forget(id: string, indexRef: IndexRef | undefined): Promise<void> {
    await this.#options.stored.index?.forget(hashOf(id), indexRef);
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

/** Waits before the next attempt. @throws SessionConflictError after too many. */
export async function nextAttempt(attempt: number): Promise<void> {
  if (attempt === MAX_ATTEMPTS) {
    throw new SessionConflictError(
      `The session was not saved: others changed it ${MAX_ATTEMPTS} times meanwhile; save it less often`,
    );
  }
  await backOff(attempt);
}
