// A session gets another id, and what the old one leads to for a while.
import type { Loaded, Stored } from '../formats/format.js';
import type { Wanted } from '../life/terms.js';
import { swapRecord } from '../procedures/swap-record.js';
import { handleOf } from '../stored/handle.js';
import type { StoredSessions } from '../stored/stored-sessions.js';
import type { Held } from './held.js';
import { newId } from './new-id.js';
import { nextAttempt, type Saves } from './saves.js';

/**
 * Milliseconds for which the store still knows where a session has moved to once its old id leads nowhere: for those who
 * are to end it, and have found that id before (`destroy`, `revokeUser`).
 */
const TRACE_MS = 60_000;

/**
 * Saves the session under a new id, and then takes away what is under the old one, where that still is what was saved: so
 * nothing is lost that others save meanwhile. For `graceMs`, at most until the session was to end, the old id leads to the new one.
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
    const made = await saves.put(id, wanted, { from: over });
    const leadsMs = Math.min(graceMs, Math.max(wanted.lease.endsAt - stored.clock.now(), 0));
    const next = format.pointers && pointerTo(id, over, leadsMs, stored).text;
    const lifetime = { forMs: leadsMs + TRACE_MS };
    const input = { mark: over.mark, next, lifetime };
    const swap = await texts.run(swapRecord, [key], input);
    if ('outcome' in swap && swap.outcome === 'swapped') {
      await stored.index?.forget(handleOf(oldId), over.place);
      held.id = id;
      held.isWhole = wanted === mine;
      if (made) held.base = held.isWhole ? made : saves.withData(made, mine.data);
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

function pointerTo(movedTo: string, over: Stored, leadsMs: number, stored: StoredSessions) {
  const { clock, format } = stored;
  // Without grace, a time that is over by every clock.
  const endsAt = leadsMs > 0 ? Math.ceil(clock.now() + leadsMs) : 0;
  const { id, createdAt } = over;
  const content = { id, createdAt, endsAt, movedTo, seenAt: clock.now() };
  const none = { cookie: undefined, place: undefined, data: '{}' };
  return format.write(format.keyOf(id) ?? '', { ...content, ...none });
}
