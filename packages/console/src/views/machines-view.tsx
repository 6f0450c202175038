// The group of machines that this cluster has joined, and its link to them.
import { model } from '../model/console.js';
import { Empty } from '../parts/empty.js';
import { StateLabel } from '../parts/state-label.js';
import { Table } from '../parts/table.js';
import { shownLine } from '../text/foreign-text.js';
import { bytes, duration, milliseconds, shortNumber } from '../text/units.js';

export function MachinesView() {
  const status = model.status.value?.machines;
  const part = model.hello.value?.parts.machines;
  if (!status) {
    return (
      <Empty>
        {part?.available === false ? shownLine(part.reason) : 'This cluster has joined no group.'}
      </Empty>
    );
  }
  const { link, machines } = status;
  return (
    <section aria-label="Machines">
      <div class="bar">
        <h2>Group {shownLine(status.group, 60)}</h2>
      </div>
      <dl class="facts-list">
        <dt>This machine</dt>
        <dd>
          {shownLine(status.name, 80)}, epoch {status.epoch}
        </dd>
        <dt>Link</dt>
        <dd>
          <StateLabel state={link.up ? 'live' : 'lost'} />{' '}
          {link.lastError && shownLine(link.lastError)}
        </dd>
        <dt>Lag</dt>
        <dd>
          {milliseconds(link.lagMs)}, {bytes(link.lagBytes)} under way
        </dd>
        <dt>Outbox</dt>
        <dd>
          {shortNumber(link.waitingMessages)} messages, {bytes(link.waitingBytes)},{' '}
          {shortNumber(link.dropped)} dropped
        </dd>
        <dt>Gaps</dt>
        <dd>{shortNumber(status.gaps)}</dd>
        <dt>Foreign entries</dt>
        <dd>{shortNumber(link.badEntries)} refused</dd>
      </dl>
      {machines.length === 0 ? (
        <Empty>No other machine is in the group now.</Empty>
      ) : (
        <Table
          label="Other machines"
          headings={[
            { text: 'Machine' },
            { text: 'Epoch', isNumber: true },
            { text: 'Members', isNumber: true },
            { text: 'Silent for', isNumber: true },
          ]}
        >
          {machines.slice(0, 200).map((machine) => (
            <tr key={machine.name}>
              <th scope="row">{shownLine(machine.name, 80)}</th>
              <td class="number">{machine.epoch}</td>
              <td class="number">{machine.members}</td>
              <td class="number">{duration(machine.silenceMs)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
