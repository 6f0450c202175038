// The metrics of the supervisor and of the bus, which the primary knows without asking the workers.

import type { BusStats } from '@muster/bus';
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterStatus, WorkerStatus } from '../../../worker-status.js';
import type { ReplacementCause } from '../../health/replacement.js';
import type { SlotTotals } from '../../health/slot-totals.js';
import { machineMetrics } from './machine-metrics.js';
import type { Metric } from './metric.js';
import { counter, gauge, type Point } from './metric-builders.js';

export interface SupervisorFacts {
  readonly status: ClusterStatus;
  readonly replaced: Readonly<Record<ReplacementCause, number>>;
  readonly totals: ReadonlyMap<number, SlotTotals>;
  readonly reloads: Readonly<Record<'ok' | 'failed', number>>;
  readonly bus: BusStats;
  readonly primary: { readonly rssBytes: number; readonly cpuSeconds: number };
}

export function supervisorMetrics(known: SupervisorFacts): Metric[] {
  const { status, replaced, reloads, primary } = known;
  const roles = (of: (role: ClusterStatus['roles'][number]) => number): Point[] =>
    status.roles.map((role) => [of(role), { role: role.role }]);
  return [
    gauge(
      'muster_workers',
      'Workers that the role should have.',
      roles((role) => role.workers),
    ),
    gauge(
      'muster_workers_ready',
      'Workers that serve.',
      roles((role) => role.ready),
    ),
    gauge(
      'muster_role_up',
      'Whether the role runs (1), or has stopped for good (0).',
      roles((role) => (role.state === 'running' ? 1 : 0)),
    ),
    gauge(
      'muster_role_degraded_slots',
      'Slots of the role whose workers fail again and again.',
      roles((role) => role.degraded?.slots.length ?? 0),
    ),
    ...workerMetrics(status.workers, known.totals),
    counter(
      'muster_health_replacements_total',
      'Workers that were replaced because they hung, or for their memory or age.',
      Object.entries(replaced).map(([cause, count]) => [count, { cause }]),
    ),
    counter(
      'muster_reloads_total',
      'Reloads, by outcome.',
      Object.entries(reloads).map(([outcome, count]) => [count, { outcome }]),
    ),
    gauge('muster_primary_uptime_seconds', 'How long the primary runs.', [
      [status.uptimeMs / 1_000],
    ]),
    gauge('muster_primary_resident_memory_bytes', 'Resident memory of the primary.', [
      [primary.rssBytes],
    ]),
    counter('muster_primary_cpu_seconds_total', 'Processor time of the primary.', [
      [primary.cpuSeconds],
    ]),
    ...busMetrics(known.bus),
    ...(status.machines ? machineMetrics(status.machines) : []),
  ];
}

function workerMetrics(
  workers: readonly WorkerStatus[],
  totals: ReadonlyMap<number, SlotTotals>,
): Metric[] {
  // A slot has two workers while one replaces the other. The newest one represents it.
  const bySlot = new Map(workers.map((worker) => [worker.slot, worker]));
  const each = (of: (worker: WorkerStatus) => number | undefined): Point[] =>
    [...bySlot.values()].flatMap((worker) => {
      const value = of(worker);
      return value === undefined ? [] : [[value, { role: worker.role, slot: worker.slot }]];
    });
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);
  const total = (of: (totals: SlotTotals) => number) =>
    each(({ slot }) => {
      const known = totals.get(slot);
      return known && of(known);
    });
  return [
    {
      ...gauge('muster_worker_info', 'The process in a slot: always 1.', []),
      values: [...bySlot.values()].map(({ role, slot, generation, state, pid }) => ({
        labels: { role, slot, generation, state, pid: pid ?? '' },
        value: 1,
      })),
    },
    gauge(
      'muster_worker_uptime_seconds',
      'How long the process in a slot runs.',
      each(({ uptimeMs }) => seconds(uptimeMs)),
    ),
    counter(
      'muster_worker_restarts_total',
      'Processes that a slot had before this one.',
      each(({ restarts }) => restarts),
    ),
    counter(
      'muster_worker_crashes_total',
      'Processes of a slot that ended unplanned.',
      each(({ crashes }) => crashes),
    ),
    gauge(
      'muster_worker_heartbeat_age_seconds',
      'How long ago the last heartbeat came.',
      each(({ heardAt }) => heardAt && Math.max(0, timeOfDay() - heardAt) / 1_000),
    ),
    gauge(
      'muster_worker_resident_memory_bytes',
      'Resident memory.',
      each((w) => w.rssBytes),
    ),
    gauge(
      'muster_worker_heap_used_bytes',
      'JavaScript heap in use.',
      each((w) => w.heapUsedBytes),
    ),
    gauge(
      'muster_worker_event_loop_delay_p99_seconds',
      'By how much 99 of 100 turns of the event loop were late at most, over the last heartbeat.',
      each((w) => seconds(w.eventLoopDelayP99Ms)),
    ),
    gauge(
      'muster_worker_event_loop_utilization_ratio',
      'Share of the last heartbeat in which the event loop was busy.',
      each((w) => w.eventLoopUtilization),
    ),
    gauge(
      'muster_worker_connections',
      'Open connections of its servers.',
      each((w) => w.connections),
    ),
    counter(
      'muster_worker_cpu_seconds_total',
      'Processor time of all processes of a slot.',
      total(({ cpuMs }) => cpuMs / 1_000),
    ),
    counter(
      'muster_worker_requests_total',
      'HTTP requests to all processes of a slot.',
      total(({ requests }) => requests),
    ),
    counter(
      'muster_worker_bus_sent_total',
      'Bus messages that all processes of a slot sent.',
      total(({ busSent }) => busSent),
    ),
    counter(
      'muster_worker_bus_received_total',
      'Bus messages that all processes of a slot got.',
      total(({ busReceived }) => busReceived),
    ),
  ];
}

function busMetrics(bus: BusStats): Metric[] {
  const members = (of: (member: BusStats['members'][number]) => number): Point[] => {
    const bySlot = new Map(bus.members.map((member) => [member.slot, member]));
    return [...bySlot.values()].map((one) => [of(one), { role: one.role, slot: one.slot }]);
  };
  return [
    gauge(
      'muster_bus_outbox_bytes',
      'What waits in the primary for a worker that does not keep up.',
      members(({ bytes }) => bytes),
    ),
    gauge(
      'muster_bus_outbox_messages',
      'Messages that wait in the primary for a worker.',
      members(({ messages }) => messages),
    ),
    counter('muster_bus_dropped_total', 'Messages dropped in the primary for want of room.', [
      [bus.dropped],
    ]),
    counter('muster_bus_lost_total', 'Messages that their receivers had not got when they died.', [
      [bus.lost],
    ]),
    counter('muster_bus_bad_frames_total', 'Frames that could not be read.', [[bus.badFrames]]),
  ];
}
