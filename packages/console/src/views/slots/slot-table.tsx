// All slots: a row each, with what moves and what happened last.
import { signal } from '@preact/signals';
import { openSlot } from '../../actions/open-dialog.js';
import { model } from '../../model/console.js';
import { StateLabel } from '../../parts/state-label.js';
import { classOf, type Heading, Table } from '../../parts/table.js';
import { Sparkline } from '../../plots/sparkline.js';
import { exitText } from '../../text/exit-text.js';
import { shown, shownLine } from '../../text/foreign-text.js';
import { bytes, duration, milliseconds, percent, shortNumber } from '../../text/units.js';
import { type SlotRow, type SortKey, slotRows } from './slot-rows.js';

const SORTS: Readonly<Record<SortKey, string>> = {
  slot: 'slot',
  requests: 'requests',
  cpu: 'CPU',
  memory: 'memory',
  delay: 'loop delay',
  crashes: 'crashes',
};

const sortBy = signal<SortKey>('slot');

const HEADINGS = {
  slot: { text: 'Slot' },
  role: { text: 'Role', rank: 2 },
  state: { text: 'State' },
  generation: { text: 'Gen', isNumber: true, rank: 2 },
  uptime: { text: 'Uptime', isNumber: true, rank: 2 },
  restarts: { text: 'Restarts', isNumber: true, rank: 3 },
  requests: { text: 'Req/s', isNumber: true },
  spark: { text: 'Last minute', rank: 1 },
  p99: { text: 'p99', isNumber: true, rank: 2 },
  cpu: { text: 'CPU', isNumber: true },
  busy: { text: 'Loop', isNumber: true, rank: 1 },
  delay: { text: 'Delay', isNumber: true, rank: 2 },
  memory: { text: 'Memory', isNumber: true, rank: 3 },
  connections: { text: 'Conns', isNumber: true, rank: 1 },
  exit: { text: 'Last exit', rank: 1 },
} as const satisfies Record<string, Heading>;

export function SlotTable() {
  const status = model.status.value;
  const rows = slotRows(status?.workers ?? [], model.slots.value, sortBy.value);
  const hasRoles = (status?.roles.length ?? 0) > 1;
  const headings = Object.entries(HEADINGS).filter(([name]) => name !== 'role' || hasRoles);
  return (
    <section class="slots">
      <div class="bar">
        <h2>Slots</h2>
        <label class="inline">
          Sorted by
          <select
            value={sortBy.value}
            onChange={(event) => (sortBy.value = event.currentTarget.value as SortKey)}
          >
            {Object.entries(SORTS).map(([key, text]) => (
              <option key={key} value={key}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Table label="Slots" headings={headings.map(([, heading]) => heading)}>
        {rows.map((row) => (
          <Row key={row.slot} row={row} hasRoles={hasRoles} />
        ))}
      </Table>
    </section>
  );
}

function Row({ row: { slot, worker, old, now }, hasRoles }: { row: SlotRow; hasRoles: boolean }) {
  const numbers = now?.numbers ?? {};
  const sinceStatus = Date.now() - (model.status.value?.receivedAt ?? Date.now());
  const isAlive = worker.pid !== undefined;
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="link"
          aria-label={`Slot ${slot}: details`}
          onClick={() => (openSlot.value = slot)}
        >
          {slot}
        </button>
      </th>
      {hasRoles && <td class={classOf(HEADINGS.role)}>{shownLine(worker.role, 40)}</td>}
      <td class="states">
        {old && <StateLabel state={old.state} title={`generation ${old.generation}`} />}
        <StateLabel state={old ? worker.state : (now?.state ?? worker.state)} />
      </td>
      <td class={classOf(HEADINGS.generation)}>{now?.generation ?? worker.generation}</td>
      <td class={classOf(HEADINGS.uptime)}>
        {isAlive ? duration(worker.uptimeMs + sinceStatus) : '–'}
      </td>
      <td class={classOf(HEADINGS.restarts)}>
        {worker.restarts}
        {worker.crashes > 0 && (
          <span class="crashes" title={`${worker.crashes} of them crashes`}>
            {' '}
            ({worker.crashes})<span class="hidden"> crashes</span>
          </span>
        )}
      </td>
      <td class="number">{shortNumber(numbers.requestsPerSecond)}</td>
      <td class={classOf(HEADINGS.spark)}>
        <Sparkline slot={slot} name="requestsPerSecond" least={1} />
      </td>
      <td class={classOf(HEADINGS.p99)}>{milliseconds(numbers.responseP99Ms)}</td>
      <td class="number">{percent(numbers.cpu)}</td>
      <td class={classOf(HEADINGS.busy)}>{percent(numbers.eventLoopUtilization)}</td>
      <td class={classOf(HEADINGS.delay)}>{milliseconds(numbers.eventLoopDelayP99Ms)}</td>
      <td class={classOf(HEADINGS.memory)}>{bytes(numbers.rssBytes)}</td>
      <td class={classOf(HEADINGS.connections)}>{shortNumber(numbers.connections)}</td>
      <td class={`${classOf(HEADINGS.exit)} exit`}>
        {worker.lastExit && (
          <span
            class={worker.lastExit.planned ? 'muted' : 'is-error'}
            title={shown(worker.lastExit.stderr.join('\n'), 600)}
          >
            {exitText(worker.lastExit)}
          </span>
        )}
      </td>
    </tr>
  );
}
