// `muster describe`: everything known about one slot.
import { printable } from '../../text/printable.js';
import { stackLines } from '../../text/stack-text.js';
import type { Hang, PastExit, SlotStatus, WorkerStatus } from '../../worker-status.js';
import { addressText } from './address-view.js';
import { pastExitText } from './exit-view.js';
import { type Field, fields, INDENT } from './fields.js';
import type { Style } from './style.js';
import { bytes, duration, milliseconds, percent, shortNumber } from './units.js';
import { paintOf } from './worker-columns.js';

export interface SlotView {
  readonly slot: SlotStatus;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly style: Style;
}

/** Nothing is cut off: a long line wraps. */
export function slotView({ slot, now, style }: SlotView): string[] {
  const [first] = slot.workers;
  const head: Field[] = [
    ['role', slot.role],
    ['command', slot.commandLine.map(quoted).join(' ')],
    ['folder', slot.cwd],
    ['restarts', `${first?.restarts ?? 0}, ${first?.crashes ?? 0} of them crashes`],
  ];
  return [
    style.bold(`slot ${slot.slot}`),
    ...fields(head, style),
    ...slot.workers.flatMap((worker) => ['', ...workerLines(worker, now, style)]),
    ...slot.exits.flatMap((exit) => ['', ...exitLines(exit, now, style)]),
  ];
}

function workerLines(worker: WorkerStatus, now: number, style: Style): string[] {
  const { pid, state, generation } = worker;
  const title = `generation ${generation}  ${(paintOf(state, style) ?? String)(state)}`;
  if (pid === undefined) return [title];
  const { bus, store, near, heardAt, addresses = [] } = worker;
  const vitals: (Field | false)[] = [
    ['pid', String(pid)],
    [
      'started',
      `${new Date(now - worker.uptimeMs).toISOString()}, ${duration(worker.uptimeMs)} ago`,
    ],
    addresses.length > 0 && ['listens on', addressText(addresses)],
    heardAt !== undefined && ['heard', `${duration(now - heardAt)} ago`],
    ['cpu', percent(worker.cpu)],
    ['memory', `${bytes(worker.rssBytes)}, of which heap ${bytes(worker.heapUsedBytes)}`],
    [
      'event loop',
      `late by ${milliseconds(worker.eventLoopDelayP99Ms)}, busy ${percent(worker.eventLoopUtilization)}`,
    ],
    [
      'requests',
      `${shortNumber(worker.requestsPerSecond)}/s over ${shortNumber(worker.connections)} connections`,
    ],
    bus !== undefined && [
      'bus',
      `${shortNumber(bus.sentPerSecond)}/s sent, ${shortNumber(bus.receivedPerSecond)}/s received, ${bytes(bus.queuedBytes)} queued`,
    ],
    store !== undefined && [
      'store',
      `${shortNumber(store.callsPerSecond)}/s, ${shortNumber(store.failuresPerSecond)}/s failed, p99 ${milliseconds(store.p99Ms)}`,
    ],
    near !== undefined && [
      'near',
      `${shortNumber(near.hitsPerSecond)}/s hits, ${shortNumber(near.missesPerSecond)}/s misses, ${shortNumber(near.stalePerSecond)}/s of them stale, ${shortNumber(near.gaps)} gaps, ${shortNumber(near.entries)} entries`,
    ],
  ];
  return [
    title,
    ...hangLines(worker.hang, style),
    ...fields(
      vitals.filter((field) => field !== false),
      style,
    ),
  ];
}

function exitLines(exit: PastExit, now: number, style: Style): string[] {
  const told = exit.planned ? style.dim('ended') : style.red('crash');
  return [
    `generation ${exit.generation}  ${told}  pid ${exit.pid} ${pastExitText(exit, now)}`,
    ...hangLines(exit.hang, style),
    ...exit.stderr.map((line) => style.dim((INDENT + printable(line)).trimEnd())),
  ];
}

/** What it ran when it was found. */
function hangLines(hang: Hang | undefined, style: Style): string[] {
  if (!hang) return [];
  const { silentMs, stack, reason } = hang;
  const what = `${INDENT}${style.red('hung')}  its event loop had not turned for ${milliseconds(silentMs)}`;
  if (stack.length === 0) return [`${what}. ${printable(reason ?? '')}`.trimEnd()];
  return [`${what}, and it ran`, ...stackLines(stack).map((line) => style.dim(printable(line)))];
}

/** Quoted for a shell. */
function quoted(arg: string): string {
  return /^[\w@%+=:,./*-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}
