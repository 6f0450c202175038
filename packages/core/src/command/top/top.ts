// `muster top`: shows the cluster again and again, until it stops or the user quits.

import { setTimeout as delay } from 'node:timers/promises';
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterStatus } from '../../worker-status.js';
import { type ConnectedCluster, connectTo, type Target } from '../cluster/clusters.js';
import { statusView } from '../view/status-view.js';
import { createStyle, hasColours } from '../view/style.js';
import { RateHistory } from './rate-history.js';
import { Screen } from './screen.js';
import { topView } from './top-view.js';

/** Milliseconds for an answer, after which the screen says that there is none. */
const TIMEOUT_MS = 3_000;
/** Milliseconds, at least, between two updates. */
const MIN_INTERVAL_MS = 100;

export async function top({ interval, ...target }: Target & { interval: number }): Promise<void> {
  const cluster = await connectTo(target);
  try {
    const first = await look(cluster);
    if (process.stdout.isTTY) await watch(cluster, first, Math.max(interval, MIN_INTERVAL_MS));
    else print(cluster, first);
  } finally {
    cluster.client.close();
  }
}

/** Without a terminal: prints the status once, as plain text. */
function print(cluster: ConnectedCluster, status: ClusterStatus): void {
  const view = statusView({ cluster, status, now: timeOfDay(), style: createStyle(false) });
  process.stdout.write(view.map((line) => `${line}\n`).join(''));
}

async function watch(
  cluster: ConnectedCluster,
  first: ClusterStatus,
  intervalMs: number,
): Promise<void> {
  const history = new RateHistory();
  history.add(first);
  const shown = { cluster, history, style: createStyle(hasColours(process.stdout)) };
  let current: { status: ClusterStatus; now: number; problem?: string } = {
    status: first,
    now: timeOfDay(),
  };
  const over = new AbortController();
  const draw = () => screen.draw(topView({ ...shown, ...current, ...screen.size }));
  const screen: Screen = new Screen(process.stdout, process.stdin, {
    quit: () => over.abort('quit'),
    redraw: draw,
  });
  void cluster.client.closed.then(() => over.abort('gone'));

  const update = async () => {
    try {
      const status = await look(cluster);
      history.add(status);
      current = { status, now: timeOfDay() };
    } catch (error) {
      current = { ...current, problem: error instanceof Error ? error.message : String(error) };
    }
  };

  const { signal } = over;
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  screen.enter();
  try {
    while (!signal.aborted) {
      await delay(intervalMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await Promise.race([update(), ended]);
      draw();
    }
  } finally {
    screen.leave();
  }
  if (signal.reason === 'gone') process.stderr.write(`muster: ${cluster.name} has stopped\n`);
}

async function look({ client }: ConnectedCluster): Promise<ClusterStatus> {
  return (await client.call('status', {}, { timeoutMs: TIMEOUT_MS })) as ClusterStatus;
}
