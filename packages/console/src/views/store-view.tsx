// What the cluster's store holds: queues, locks and limits.
import type { LimitInfo, Listed, QueueInfo, StoreAnswer } from '@muster/core/console';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Empty } from '../parts/empty.js';
import { Table } from '../parts/table.js';
import { shownLine } from '../text/foreign-text.js';
import { bytes, duration, shortNumber } from '../text/units.js';
import { FailedJobsDialog } from './failed-jobs.js';
import { Locks } from './locks.js';
import { usePolled } from './polled.js';

const EVERY_MS = 5_000;

/** The queue whose failed jobs are shown. */
const openQueue = signal<string | undefined>(undefined);

export function StoreView() {
  const { answer, problem, refresh } = usePolled<StoreAnswer>('api/store', EVERY_MS);
  return (
    <>
      <div class="bar">
        <h2>Store{answer?.engine && ` (${shownLine(answer.engine, 40)})`}</h2>
        <button type="button" onClick={refresh}>
          Read again
        </button>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!answer && !problem && <Empty>Reading the store…</Empty>}
      {answer?.reason && <Empty>{shownLine(answer.reason)}</Empty>}
      {answer && !answer.reason && (
        <>
          <Part title="Queues" list={answer.queues} none="There is no queue.">
            <Queues items={answer.queues.items} />
          </Part>
          <Part title="Locks" list={answer.locks} none="No lock is held.">
            <Locks items={answer.locks.items} />
          </Part>
          <Part title="Rate limits" list={answer.limits} none="No limit has been used lately.">
            <Limits items={answer.limits.items} />
          </Part>
        </>
      )}
      {openQueue.value !== undefined && (
        <FailedJobsDialog
          queue={openQueue.value}
          onClose={() => (openQueue.value = undefined)}
          onRetry={refresh}
        />
      )}
    </>
  );
}

function Part({
  title,
  list,
  none,
  children,
}: {
  title: string;
  list: Listed<unknown>;
  none: string;
  children: ComponentChildren;
}) {
  return (
    <section>
      <div class="bar">
        <h3>{title}</h3>
        {list.more && <span class="muted">the first {list.items.length}; there are more</span>}
      </div>
      {list.reason && <Empty>{shownLine(list.reason)}</Empty>}
      {!list.reason && list.items.length === 0 ? <Empty>{none}</Empty> : children}
    </section>
  );
}

function Queues({ items }: { items: readonly QueueInfo[] }) {
  if (items.length === 0) return null;
  return (
    <Table
      label="Queues"
      headings={[
        { text: 'Queue' },
        { text: 'Waiting', isNumber: true },
        { text: 'Oldest', isNumber: true, rank: 3 },
        { text: 'Delayed', isNumber: true, rank: 3 },
        { text: 'Blocked', isNumber: true, rank: 2 },
        { text: 'Running', isNumber: true },
        { text: 'Done', isNumber: true, rank: 3 },
        { text: 'Failed', isNumber: true },
        { text: 'Data', isNumber: true, rank: 2 },
      ]}
    >
      {items.map((queue) => (
        <tr key={queue.name}>
          <th scope="row">
            {shownLine(queue.name, 80)} {queue.isPaused && <span class="tag">paused</span>}
          </th>
          <td class="number">{shortNumber(queue.waiting)}</td>
          <td class="number rank-3">{queue.waiting > 0 ? duration(queue.oldestMs) : '–'}</td>
          <td class="number rank-3">{shortNumber(queue.delayed)}</td>
          <td class="number rank-2">{shortNumber(queue.blocked)}</td>
          <td class="number">{shortNumber(queue.running)}</td>
          <td class="number rank-3">{shortNumber(queue.done)}</td>
          <td class="number">
            {queue.failed === 0 ? (
              '0'
            ) : (
              <button
                type="button"
                class="link is-error"
                aria-label={`${queue.failed} failed jobs of ${shownLine(queue.name, 80)}`}
                onClick={() => (openQueue.value = queue.name)}
              >
                {shortNumber(queue.failed)}
              </button>
            )}
          </td>
          <td class="number rank-2">{bytes(queue.bytes)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Limits({ items }: { items: readonly LimitInfo[] }) {
  if (items.length === 0) return null;
  return (
    <Table
      label="Rate limits"
      headings={[
        { text: 'Limit' },
        { text: 'Id' },
        { text: 'Taken', isNumber: true },
        { text: 'Free again in', isNumber: true, rank: 3 },
        { text: 'Blocked for', isNumber: true },
      ]}
    >
      {items.map((limit) => (
        <tr key={`${limit.name} ${limit.id}`}>
          <th scope="row">{shownLine(limit.name, 80)}</th>
          <td>{shownLine(limit.id, 120)}</td>
          <td class="number">{limit.taken.map((taken) => shortNumber(taken)).join(', ')}</td>
          <td class="number rank-3">{duration(limit.resetMs)}</td>
          <td class="number">
            {limit.blockedMs === null
              ? 'without end'
              : limit.blockedMs
                ? duration(limit.blockedMs)
                : '–'}
          </td>
        </tr>
      ))}
    </Table>
  );
}
