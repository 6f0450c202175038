// Gives a session another id, and leaves a pointer to it under the old one for a while.

import type { End } from '../expiry/expiry.js';
import type { Loaded, Stored } from '../formats/format.js';
import { swapRecord } from '../procedures/swap-record.js';
import { hashOf } from '../secrets/hash.js';
import { newId } from '../secrets/new-id.js';
import type { StoredSessions } from '../stored/stored-sessions.js';
import type { Draft } from './drafts.js';
import { nextAttempt, type SessionWriter } from './session-writer.js';
import type { WorkingCopy } from './working-copy.js';

/**
 * For how many milliseconds the store still knows where a session has moved to once its old id leads nowhere: for calls
 * that are to end the session and have found the old id before (`destroy`, `revokeUser`).
 */
const TOMBSTONE_MS = 60_000;

/**
 * For how many milliseconds the record under the new id stays if its process was killed before the move was complete:
 * nobody knows that id. A process that stands still for longer between its two writes loses the session.
 */
const PROVISIONAL_MS = 300_000;

/**
 * Saves the session under a new id, then removes what is under the old one if that is still what was saved: so nothing is
 * lost that others save meanwhile. For `graceMs`, at most until the session was to end, the old id leads to the new one.
 * Until the move is complete, the record under the new id is provisional: it ends soon.
 *
 * A session that is gone stays gone. Of two requests that do this at once within `graceMs`, the second joins the first.
 */
export async function regenerate(
  { writer, stored }: { readonly writer: SessionWriter; readonly stored: StoredSessions },
  copy: WorkingCopy,
  mine: Draft,
  graceMs: number,
): Promise<void> {
  const { base, id: oldId } = copy;
  const id = newId();
  if (typeof base === 'string') {
    if (base === 'fresh') copy.id = id;
    return;
  }
  const { texts, format } = stored;
  const key = format.keyOf(oldId) ?? '';
  let target = copy.isWhole
    ? { draft: mine, over: base }
    : writer.merged(base, mine, await stored.findById(oldId));
  for (let attempt = 1; target; attempt++) {
    const { over, draft } = target;
    const end = provisionalEnd(draft.expiry, graceMs, stored.clock.now());
    const made = await writer.put(id, draft, { from: over, end });
    const now = stored.clock.now();
    const leadsUntil = Math.min(now + graceMs, draft.expiry.endsAt);
    const next = format.pointers && pointerTo(id, over, { now, leadsUntil }, stored).text;
    const lifetime = { forMs: Math.max(leadsUntil - now, 0) + TOMBSTONE_MS };
    const input = { mark: over.mark, next, lifetime };
    const swap = await texts.run(swapRecord, [key], input);
    if ('outcome' in swap && swap.outcome === 'swapped') {
      copy.id = id;
      copy.isWhole = draft === mine;
      if (made) copy.base = copy.isWhole ? made : writer.withData(made, mine.data);
      const forgotten = stored.index?.forget(hashOf(oldId), over.indexRef);
      await Promise.all([
        forgotten,
        end !== draft.expiry && confirmEnd(copy, draft.expiry, stored),
      ]);
      return;
    }
    const current: Loaded | undefined =
      'current' in swap ? format.read(key, swap.current) : undefined;
    if (!current || current.stored.movedTo !== undefined) {
      await stored.removeById(id);
      const joined = current && (await stored.findById(oldId));
      if (joined) copy.id = joined.stored.id;
      else copy.base = 'gone';
      return;
    }
    try {
      await nextAttempt(attempt);
      target = writer.merged(base, mine, current);
    } catch (error) {
      // A conflict: the session stays under its old id alone.
      await stored.removeById(id);
      throw error;
    }
  }
  copy.base = 'gone';
}

/** Later than the pointer to it ends: a request that comes by the pointer and saves gives the session an end of its own. */
function provisionalEnd(expiry: End, graceMs: number, now: number): End {
  const forMs = Math.ceil(graceMs + PROVISIONAL_MS);
  return expiry.endsAt <= now + forMs
    ? expiry
    : { endsAt: Math.ceil(now + forMs), lifetime: { forMs } };
}

/** Gives the provisional record, which is the session now, its real end. */
async function confirmEnd(
  copy: WorkingCopy,
  { endsAt, lifetime }: End,
  stored: StoredSessions,
): Promise<void> {
  const { format, texts, clock } = stored;
  const end = { endsAt, lifetime, afterMs: 0, now: clock.now() };
  const isThere = await format.moveEnd(texts, format.keyOf(copy.id) ?? '', end);
  if (!isThere) copy.base = 'gone';
  else if (typeof copy.base === 'object') copy.base = { ...copy.base, endsAt };
}

function pointerTo(
  movedTo: string,
  { id, createdAt }: Stored,
  { now, leadsUntil }: { readonly now: number; readonly leadsUntil: number },
  { format }: StoredSessions,
) {
  // Without grace, a time that is past by every clock.
  const endsAt = leadsUntil > now ? Math.ceil(leadsUntil) : 0;
  const content = { id, createdAt, endsAt, movedTo, seenAt: now };
  const none = { cookie: undefined, indexRef: undefined, data: '{}' };
  return format.write(format.keyOf(id) ?? '', { ...content, ...none });
}
