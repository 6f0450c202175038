// What is shown of this machine and its link.

import { performance } from 'node:perf_hooks';
import type { Gateway } from '@muster/bus/machines';
import type { LinkStatus, MachinesStatus } from '../machines.js';
import type { Group } from '../peers/group.js';
import type { EntryReader } from './entry-reader.js';
import type { LinkHealth } from './link-health.js';
import type { Outgoing } from './outgoing.js';

interface StatusSources {
  readonly name: string;
  readonly group: Group;
  readonly gateway: Gateway;
  readonly outgoing: Outgoing;
  readonly health: LinkHealth;
  readonly reader: EntryReader;
}

export function statusOf(sources: StatusSources): Omit<MachinesStatus, 'group'> {
  const { name, group, gateway } = sources;
  return {
    name,
    epoch: group.self.epoch,
    machines: group.present.map((machine) => ({
      name: machine.name,
      epoch: machine.epoch,
      members: gateway.membersOf(machine.id),
      silenceMs: group.silenceOf(machine.id),
    })),
    gaps: group.gaps,
    link: linkStatusOf(sources),
  };
}

function linkStatusOf({ gateway, outgoing, health, reader }: StatusSources): LinkStatus {
  const lag = outgoing.lagAt(performance.now());
  const { size } = outgoing;
  const { lastError } = health;
  return {
    up: health.isUp,
    ...(lastError === undefined ? {} : { lastError }),
    lagMs: lag.ms === undefined ? undefined : Math.round(10 * lag.ms) / 10,
    lagBytes: lag.bytes,
    waitingBytes: gateway.bytes + size.bytes,
    waitingMessages: gateway.messages + size.messages,
    dropped: gateway.dropped,
    badEntries: reader.refused,
  };
}
