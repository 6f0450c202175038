// Locks, semaphores, leaders and read-write locks: who holds them, since when, and who waits.
import type { LockInfo, LockParty } from '@muster/core/console';
import { Table } from '../parts/table.js';
import { shownLine } from '../text/foreign-text.js';
import { duration } from '../text/units.js';

const SHOWN = 5;

export function Locks({ items }: { items: readonly LockInfo[] }) {
  if (items.length === 0) return null;
  return (
    <Table
      label="Locks"
      headings={[
        { text: 'Name' },
        { text: 'Kind', rank: 3 },
        { text: 'Held by' },
        { text: 'For', isNumber: true },
        { text: 'Lease ends in', isNumber: true, rank: 3 },
        { text: 'Waiting' },
      ]}
    >
      {items.map((lock) => (
        <tr key={`${lock.kind} ${lock.name}`}>
          <th scope="row">{shownLine(lock.name, 120)}</th>
          <td class="rank-3">{lock.kind}</td>
          <td>
            {lock.holders.length === 0 ? '–' : partiesText(lock.holders, lock.holders.length)}
          </td>
          <td class="number">{duration(greatest(lock.holders, ({ heldMs }) => heldMs))}</td>
          <td class="number rank-3">{duration(greatest(lock.holders, ({ leftMs }) => leftMs))}</td>
          <td>{lock.waiting === 0 ? '–' : partiesText(lock.waiters, lock.waiting)}</td>
        </tr>
      ))}
    </Table>
  );
}

function partiesText(parties: readonly LockParty[], all: number): string {
  const names = parties
    .slice(0, SHOWN)
    .map(({ worker }) => (worker ? `slot ${worker.slot}` : 'another process'));
  const more = all - names.length;
  if (names.length === 0) return String(all);
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function greatest(
  parties: readonly LockParty[],
  of: (party: LockParty) => number | undefined,
): number | undefined {
  const values = parties.map(of).filter((value) => value !== undefined);
  return values.length > 0 ? Math.max(...values) : undefined;
}
