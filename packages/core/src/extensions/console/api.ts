// What a page gets: puts the parts of the console together for one cluster.
import type { ServerResponse } from 'node:http';
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterStatus } from '../../worker-status.js';
import type { Supervision } from '../extension.js';
import type { PrimaryStore } from '../locks/primary-store.js';
import { readQueues } from '../locks/read-queues.js';
import { ConsoleActions } from './actions.js';
import { tellClusterEvents } from './events/cluster-events.js';
import { EventLog } from './events/event-log.js';
import { eventOfLine } from './events/log-event.js';
import { Monitor } from './history/monitor.js';
import { STEP_MS } from './history/series-history.js';
import { CLUSTER_SERIES, SLOT_SERIES } from './history/values.js';
import { json, type Reply } from './http/reply.js';
import type { ConsoleApi } from './http/routes.js';
import { Streams } from './http/streams.js';
import type { Hello, LogsAnswer, Part, QueueDepth } from './protocol.js';
import type { ConsoleSources } from './sources.js';
import { followLines, lastLines } from './views/log-view.js';
import { failedJobs } from './views/queues.js';
import { StoreView } from './views/store-view.js';

/** Points of each slot in a `hello`. */
const RECENT = 60;

const ONLY_STDERR =
  "Workers print on stdout themselves, so only their stderr is here: see logs: 'keep' of startCluster().";

export interface ApiOptions extends ConsoleSources {
  readonly supervision: Supervision;
  readonly readOnly: boolean;
  readonly version: string;
}

export class ClusterApi implements ConsoleApi {
  readonly #options: ApiOptions;
  readonly #streams = new Streams();
  readonly #events: EventLog;
  readonly #monitor: Monitor;
  readonly #actions: ConsoleActions;
  readonly #storeView: StoreView;
  readonly #unlisten: () => void;
  /** While a page wants the lines that workers print. */
  #unfollow: (() => void) | undefined;

  constructor(options: ApiOptions) {
    const { supervision, health, store, machines, cluster, onLogLine, readOnly } = options;
    this.#options = options;
    this.#events = new EventLog((event) => {
      this.#streams.send('event', event);
      this.#monitor.changed();
    });
    this.#monitor = new Monitor({
      ...{ supervision, health, streams: this.#streams },
      machineLagMs: () => machines()?.link.lagMs,
      queues: () => queueDepths(store),
    });
    this.#actions = new ConsoleActions(supervision, store, this.#events, { readOnly });
    this.#storeView = new StoreView(store, cluster);
    tellClusterEvents(supervision, this.#events);
    this.#unlisten = onLogLine((line) => {
      const event = eventOfLine(line);
      if (event) this.#events.add(event);
    });
    this.#monitor.start();
  }

  async stream(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const wantsLogs = query.get('logs') === '1';
    if (wantsLogs) {
      const { logs } = this.#options;
      this.#unfollow ??= followLines(logs, (line) => this.#streams.send('log', line));
    }
    try {
      await this.#streams.serve(response, this.#hello(), wantsLogs);
    } finally {
      if (!this.#streams.wantLogs) this.#stopFollowing();
    }
  }

  async read(path: string, query: URLSearchParams): Promise<Reply | undefined> {
    const { supervision, store } = this.#options;
    const [, of = '', slot] = /^(history|slot)\/(\d{1,6}|cluster)$/.exec(path) ?? [];
    if (of === 'history') return this.#history(slot as string);
    if (of === 'slot' && slot !== 'cluster') return this.#slot(supervision, Number(slot));
    if (path === 'store') return json(200, await this.#storeView.look());
    if (path === 'logs') return this.#logs(query);
    const queue = queueIn(path);
    return queue === undefined ? undefined : json(200, await failedJobs(store, queue));
  }

  act(
    name: string,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<Reply | undefined> {
    return this.#actions.run(name, body, response);
  }

  close(): void {
    this.#unlisten();
    this.#stopFollowing();
    this.#monitor.stop();
    this.#streams.closeAll();
  }

  #stopFollowing(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  #logs(query: URLSearchParams): Reply {
    const count = (name: string) => {
      const given = query.get(name);
      return given === null || given === '' ? undefined : Number(given);
    };
    const wanted = { slot: count('slot'), n: count('n'), since: count('since') };
    const { logs, outputs } = this.#options;
    const answer: LogsAnswer = {
      lines: lastLines(logs, wanted),
      ...(outputs === 'stderr' && { reason: ONLY_STDERR }),
    };
    return json(200, answer);
  }

  #history(slot: string): Reply | undefined {
    const { histories } = this.#monitor;
    const history = slot === 'cluster' ? histories.cluster() : histories.slot(Number(slot));
    return history && json(200, history);
  }

  #slot(supervision: Supervision, slot: number): Reply | undefined {
    const { workers } = supervision.cluster.status();
    const isThere = workers.some((worker) => worker.slot === slot);
    return isThere ? json(200, supervision.slotStatus(slot)) : undefined;
  }

  #hello(): Hello {
    const { supervision, readOnly, version, facts } = this.#options;
    const { histories } = this.#monitor;
    const status = supervision.cluster.status();
    return {
      ...{
        readOnly,
        intervalMs: STEP_MS,
        name: facts.name ?? '',
        version,
        now: timeOfDay(),
        status,
      },
      series: { slot: SLOT_SERIES, cluster: CLUSTER_SERIES },
      history: { cluster: histories.cluster(), slots: histories.recentOfSlots(RECENT) },
      events: this.#events.all,
      parts: this.#parts(status),
    };
  }

  #parts({ machines }: ClusterStatus): Hello['parts'] {
    const isHere: Part = { available: true };
    return {
      store: this.#options.store.isInUse() ? isHere : without('The cluster uses no store.'),
      machines: machines ? isHere : without('The cluster is not joined with other machines.'),
      logs: isHere,
      profile: isHere,
    };
  }
}

function without(reason: string): Part {
  return { available: false, reason };
}

async function queueDepths(store: PrimaryStore): Promise<readonly QueueDepth[]> {
  const queues = (await readQueues(store)) ?? [];
  return queues.map(({ name, waiting, delayed, running, failed, isPaused }) => ({
    ...{ name, waiting, delayed, running, failed, isPaused },
  }));
}

/** The name in `queue/<name>/failed`. */
function queueIn(path: string): string | undefined {
  const [, name] = /^queue\/([^/]+)\/failed$/.exec(path) ?? [];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
