// `muster status`: the group of machines that the cluster has joined.
import type { MachineStatus, MachinesStatus } from '@muster/machines';
import { printable } from '../../text/printable.js';
import { clipStyled } from './clip.js';
import { fields } from './fields.js';
import type { Style } from './style.js';
import { type Column, table } from './table.js';
import { bytes, milliseconds, shortNumber } from './units.js';

/** Milliseconds without a word of a machine that deserve attention: it says something twice a second. */
const SILENT_MS = 1_000;

const columns = (style: Style): Column<MachineStatus>[] => [
  { title: 'MACHINE', align: 'left', weight: 100, cell: ({ name }) => name },
  { title: 'EPOCH', align: 'right', weight: 50, cell: ({ epoch }) => String(epoch) },
  { title: 'MEMBERS', align: 'right', weight: 90, cell: ({ members }) => String(members) },
  {
    title: 'HEARD',
    align: 'right',
    weight: 80,
    cell: ({ silenceMs }) => ({
      text: `${milliseconds(silenceMs)} ago`,
      paint: silenceMs > SILENT_MS ? style.yellow : undefined,
    }),
  },
];

/** A line for the link and one for each other machine. */
export function machinesView(
  machines: MachinesStatus,
  style: Style,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const { link, gaps } = machines;
  const facts = [`lag ${milliseconds(link.lagMs)}`, gaps > 0 && style.yellow(`gaps ${gaps}`)];
  const head = [headline(machines, style), ...facts.filter((fact) => fact !== false)].join('  ');
  return [clipStyled(head, width), ...reason(machines, style), ...rows(machines, style, width)];
}

/** `muster status --machines`: all that is known of the link and of each machine. */
export function machinesDetail(
  machines: MachinesStatus,
  style: Style,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const { link, gaps, epoch } = machines;
  const facts = fields(
    [
      ['epoch', String(epoch)],
      ['lag', `${milliseconds(link.lagMs)}, ${bytes(link.lagBytes)}`],
      ['outbox', `${bytes(link.waitingBytes)} in ${shortNumber(link.waitingMessages)} messages`],
      ['dropped', `${shortNumber(link.dropped)} messages`],
      ['gaps', shortNumber(gaps)],
      ['refused', `${shortNumber(link.badEntries)} entries`],
    ],
    style,
  );
  const head = [headline(machines, style), ...reason(machines, style)];
  return [...head, ...facts, '', ...rows(machines, style, width)];
}

function headline({ name, group, link }: MachinesStatus, style: Style): string {
  return [
    style.bold(printable(name)),
    `in group ${printable(group)}`,
    link.up ? style.green('link up') : style.red('link down'),
  ].join('  ');
}

/** Why the link is down: it is not cut off. */
function reason({ link }: MachinesStatus, style: Style): string[] {
  return link.lastError === undefined ? [] : [style.red(printable(link.lastError))];
}

function rows({ machines }: MachinesStatus, style: Style, width: number): string[] {
  if (machines.length === 0) return ['no other machine is in the group'];
  return table(columns(style), machines, style, width);
}
