// The metrics of the group of machines that a cluster has joined.

import type { MachineStatus, MachinesStatus } from '@muster/machines';
import type { Metric } from './metric.js';
import { counter, gauge, type Point } from './metric-builders.js';

export function machineMetrics({ link, machines, epoch, gaps }: MachinesStatus): Metric[] {
  const each = (of: (machine: MachineStatus) => number): Point[] =>
    machines.map((machine) => [of(machine), { machine: machine.name }]);
  return [
    gauge('muster_machines', 'Other machines that are in the group.', [[machines.length]]),
    gauge(
      'muster_machine_members',
      'Processes of another machine that have joined the bus.',
      each(({ members }) => members),
    ),
    gauge(
      'muster_machine_silence_seconds',
      'How long ago another machine was heard.',
      each(({ silenceMs }) => silenceMs / 1_000),
    ),
    gauge('muster_machines_epoch', 'Grows each time the group has declared this machine gone.', [
      [epoch],
    ]),
    gauge('muster_machines_link_up', 'Whether the link to the other machines is up (1).', [
      [link.up ? 1 : 0],
    ]),
    gauge(
      'muster_machines_link_lag_seconds',
      'How long what this machine writes takes until it reads it back.',
      link.lagMs === undefined ? [] : [[link.lagMs / 1_000]],
    ),
    gauge('muster_machines_link_lag_bytes', 'What this machine has written and not read back.', [
      [link.lagBytes],
    ]),
    gauge('muster_machines_outbox_bytes', 'What waits to be sent to other machines.', [
      [link.waitingBytes],
    ]),
    gauge('muster_machines_outbox_messages', 'Messages that wait to be sent to other machines.', [
      [link.waitingMessages],
    ]),
    counter(
      'muster_machines_dropped_total',
      'Messages to other machines that were dropped for want of room.',
      [[link.dropped]],
    ),
    counter(
      'muster_machines_gaps_total',
      'How many times messages of another machine may have been missed.',
      [[gaps]],
    ),
    counter(
      'muster_machines_bad_entries_total',
      'Entries that no machine of this group and version wrote.',
      [[link.badEntries]],
    ),
  ];
}
