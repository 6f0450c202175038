// `muster logs`: what workers printed last, and what follows.
import { once } from 'node:events';
import { timeOfDay } from '@muster/codec/timers';
import type { LogsAnswer } from '../../extensions/control/calls/log-calls.js';
import type { LogLine } from '../../extensions/logs/log-line.js';
import { withCluster } from '../cluster/cluster-call.js';
import type { ConnectedCluster, Target } from '../cluster/clusters.js';
import { createStyle, hasColours } from '../view/style.js';
import { jsonLine, lineView } from './line-view.js';

/** Milliseconds for an answer that takes no work. */
const TIMEOUT_MS = 10_000;
/** Milliseconds for an answer that waits for lines: longer than a primary waits. */
const FOLLOW_TIMEOUT_MS = 60_000;

export interface LogsOptions extends Target {
  readonly follow?: boolean;
  /** How many lines. */
  readonly lines?: number;
  /** Milliseconds: none is older. */
  readonly since?: number;
  readonly json?: boolean;
}

export async function logs(slot: number | undefined, options: LogsOptions): Promise<void> {
  const { follow, lines, since, json, ...target } = options;
  // Nobody reads any more: `muster logs | head -3`.
  const gone = new AbortController();
  process.stdout.on('error', () => gone.abort());
  await withCluster(target, async (cluster) => {
    const args = {
      ...(slot !== undefined && { slot }),
      ...(lines !== undefined && { count: lines }),
      ...(since !== undefined && { since: timeOfDay() - since }),
    };
    const call = cluster.client.call('logs', args, { timeoutMs: TIMEOUT_MS });
    const first = (await call) as LogsAnswer;
    const show = shown(json ?? false);
    await show(first.lines, gone.signal);
    if (first.outputs === 'stderr') tellWhatIsMissing();
    if (follow) await followUp(cluster, show, gone.signal);
  });
}

type Show = (lines: readonly LogLine[], gone: AbortSignal) => Promise<void>;

/** Asks for the next lines when these are printed: a terminal that stands still (Ctrl-S) costs the cluster nothing. */
async function followUp(
  { client, name }: ConnectedCluster,
  show: Show,
  gone: AbortSignal,
): Promise<void> {
  let isOver = false;
  void client.closed.then(() => {
    isOver = true;
  });
  while (!isOver && !gone.aborted) {
    const call = client.call('moreLogs', {}, { timeoutMs: FOLLOW_TIMEOUT_MS });
    // The connection may end with the cluster, instead of an answer.
    const answer = (await call.catch((error: Error) => {
      if (isOver || gone.aborted) return undefined;
      throw error;
    })) as LogsAnswer | undefined;
    if (!answer) break;
    if (answer.missed)
      console.error('muster: some lines were not read in time, and are missing here');
    await show(answer.lines, gone);
    isOver ||= answer.isOver;
  }
  if (!gone.aborted) console.error(`muster: ${name} has stopped`);
}

function shown(json: boolean): Show {
  const isColoured = hasColours(process.stdout);
  const style = createStyle(isColoured);
  const view = json ? jsonLine : (line: LogLine) => lineView(line, style, isColoured);
  return async (lines, gone) => {
    if (lines.length === 0 || gone.aborted) return;
    const isRead = process.stdout.write(lines.map((line) => `${view(line)}\n`).join(''));
    if (!isRead) await once(process.stdout, 'drain', { signal: gone }).catch(() => {});
  };
}

function tellWhatIsMissing(): void {
  console.error(
    "muster: this is what workers printed on stderr; what they print on stdout does not pass through the primary (logs: 'inherit')",
  );
}
