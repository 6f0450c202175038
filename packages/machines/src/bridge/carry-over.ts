// What a machine sends again when its epoch is over: what others may not have read, and what it had not written yet.

import type { Gateway } from '@muster/bus/machines';
import { type Content, MAX_ATTEMPTS } from '../entries/entry.js';
import type { Item, Written } from './outgoing.js';

interface CarriedOver {
  readonly items: readonly Item[];
  /** Whether something of it cannot be sent again. */
  readonly lost: boolean;
}

/**
 * @param unread was written and not read back, so that nobody knows whether it counts
 * @param waiting was not written
 */
export function carryOver(
  unread: readonly Written[],
  waiting: readonly Item[],
  gateway: Pick<Gateway, 'resend'>,
): CarriedOver {
  const items: Item[] = [];
  let lost = false;
  for (const entry of unread) {
    const content = nextAttempt(entry);
    for (const { batch, sent } of entry.items) {
      sent();
      if (batch === undefined) continue;
      const resent = gateway.resend(batch);
      lost ||= resent.lost || (resent.batch !== undefined && content === undefined);
      if (resent.batch && content) items.push({ content, batch: resent.batch, sent: () => {} });
    }
  }
  // Questions, and answers to them, are settled by the hello of the next epoch.
  const data = waiting.filter(
    ({ content, batch }) => content.kind === 'data' && batch?.packets.length,
  );
  return { items: [...items, ...data], lost };
}

/** The content with which an entry is written again; `undefined` after too many epochs. */
function nextAttempt({ epoch, seq, items }: Written): Content | undefined {
  const [first] = items;
  const before = first?.content.kind === 'data' ? first.content.attempts : undefined;
  const attempts = [...(before ?? []), [epoch, seq] as const];
  return attempts.length > MAX_ATTEMPTS ? undefined : { kind: 'data', attempts };
}
