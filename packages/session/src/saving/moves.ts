// A session gets another id, and what the old one leads to for a while.
import type { Loaded, Stored } from '../formats/format.js';
import type { End } from '../life/lease.js';
import { swapRecord } from '../procedures/swap-record.js';
import { handleOf } from '../secrets/handle.js';
import { newId } from '../secrets/new-id.js';
import type { StoredSessions } from '../stored/stored-sessions.js';
import type { Held } from './held.js';
import { nextAttempt, type Saves } from './saves.js';
import type { Wanted } from './terms.js';

/**
 * Milliseconds for which the store still knows where a session has moved to once its old id leads nowhere: for those who
 * are to end it, and have found that id before (`destroy`, `revokeUser`).
 */
const TRACE_MS = 60_000;

/**
 * Milliseconds for which the copy under a new id is there if nobody ends the move, as its process was killed: nobody knows
 * that id. A process that stands still for longer between its two writes loses the session.
 */
const COPY_MS = 300_000;

/**
 * Saves the session under a new id, and then takes away what is under the old one, where that still is what was saved: so
 * nothing is lost that others save meanwhile. For `graceMs`, at most until the session was to end, the old id leads to the new one.
 * Until all of that is done, what is under the new id ends soon.
 *
 * One that is gone stays gone. Of two requests that do this at once within `graceMs`, the second goes along with the first.
 */
export async function move(
  { saves, stored }: { readonly saves: Saves; readonly stored: StoredSessions },
  held: Held,
  mine: Wanted,
  graceMs: number,
): Promise<void> {
  const { base, id: oldId } = held;
  const id = newId();
  if (typeof base === 'string') {
    if (base === 'fresh') held.id = id;
    return;
  }
  const { texts, format } = stored;
  const key = format.keyOf(oldId) ?? '';
  let target = held.isWhole
    ? { wanted: mine, over: base }
    : saves.merged(base, mine, await stored.findById(oldId));
  for (let attempt = 1; target; attempt++) {
    const { over, wanted } = target;
    const end = copysEnd(wanted.lease, graceMs, stored.clock.now());
    const made = await saves.put(id, wanted, { from: over, end });
    const now = stored.clock.now();
    const leadsUntil = Math.min(now + graceMs, wanted.lease.endsAt);
    const next = format.pointers && pointerTo(id, over, { now, leadsUntil }, stored).text;
    const lifetime = { forMs: Math.max(leadsUntil - now, 0) + TRACE_MS };
    const input = { mark: over.mark, next, lifetime };
    const swap = await texts.run(swapRecord, [key], input);
    if ('outcome' in swap && swap.outcome === 'swapped') {
      held.id = id;
      held.isWhole = wanted === mine;
      if (made) held.base = held.isWhole ? made : saves.withData(made, mine.data);
      const forgotten = stored.index?.forget(handleOf(oldId), over.place);
      await Promise.all([forgotten, end !== wanted.lease && keep(held, wanted.lease, stored)]);
      return;
    }
    const current: Loaded | undefined =
      'current' in swap ? format.read(key, swap.current) : undefined;
    if (!current || current.stored.movedTo !== undefined) {
      await stored.removeById(id);
      const joined = current && (await stored.findById(oldId));
      if (joined) held.id = joined.stored.id;
      else held.base = 'gone';
      return;
    }
    try {
      await nextAttempt(attempt);
      target = saves.merged(base, mine, current);
    } catch (error) {
      // A conflict: the session stays where it is, and nowhere else.
      await stored.removeById(id);
      throw error;
    }
  }
  held.base = 'gone';
}

/** Later than what leads to it: who comes by that way, and is to save it, gives it an end of its own. */
function copysEnd(lease: End, graceMs: number, now: number): End {
  const forMs = Math.ceil(graceMs + COPY_MS);
  return lease.endsAt <= now + forMs
    ? lease
    : { endsAt: Math.ceil(now + forMs), lifetime: { forMs } };
}

/** Gives the copy, which is the session now, the end that it is to have. */
async function keep(held: Held, { endsAt, lifetime }: End, stored: StoredSessions): Promise<void> {
  const { format, texts, clock } = stored;
  const end = { endsAt, lifetime, afterMs: 0, now: clock.now() };
  const isThere = await format.move(texts, format.keyOf(held.id) ?? '', end);
  if (!isThere) held.base = 'gone';
  else if (typeof held.base === 'object') held.base = { ...held.base, endsAt };
}

function pointerTo(
  movedTo: string,
  { id, createdAt }: Stored,
  { now, leadsUntil }: { readonly now: number; readonly leadsUntil: number },
  { format }: StoredSessions,
) {
  // Without grace, a time that is over by every clock.
  const endsAt = leadsUntil > now ? Math.ceil(leadsUntil) : 0;
  const content = { id, createdAt, endsAt, movedTo, seenAt: now };
  const none = { cookie: undefined, place: undefined, data: '{}' };
  return format.write(format.keyOf(id) ?? '', { ...content, ...none });
}
