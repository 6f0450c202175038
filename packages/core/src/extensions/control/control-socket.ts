// The control socket of a running cluster, as an extension of its primary.
import type { ControlOptions } from '../../cluster-options.js';
import type { Extension, Supervision } from '../extension.js';
import type { PrimaryStore } from '../locks/primary-store.js';
import { readQueues } from '../locks/read-queues.js';
import type { KeptLogs } from '../logs/kept-logs.js';
import { createCallHandlers } from './calls/call-handlers.js';
import { loadCaptures } from './calls/capture-calls.js';
import { LogCalls, type LogsAnswer } from './calls/log-calls.js';
import { version } from './cluster-description.js';
import type { ClusterFacts } from './cluster-facts.js';
import { type App, openSocket } from './socket/open-socket.js';
import type { ReleasePath } from './socket/socket-claim.js';
import { nameAt } from './socket/socket-name.js';
import { SocketServer } from './socket-server.js';

/**
 * @param control the path, or the name; `undefined`: the default
 * @param facts gets the name of the cluster
 * @param app the cluster is named after it unless `control` has a name
 */
export function createControlSocket(
  control: ControlOptions | string | undefined,
  app: App,
  store: PrimaryStore,
  logs: { readonly kept: KeptLogs; readonly outputs: LogsAnswer['outputs'] },
  facts: ClusterFacts,
): Extension {
  const logCalls = new LogCalls(logs.kept, logs.outputs);
  let server: SocketServer | undefined;
  let release: ReleasePath = () => {};

  async function start(supervision: Supervision): Promise<void> {
    const { log } = supervision;
    let path = '';
    const describe = () => ({ name: nameAt(path), pid: process.pid, ...app, version });
    const queues = async () => (await readQueues(store)) ?? [];
    const handlers = logCalls.handlers(supervision);
    const listening = new SocketServer(
      createCallHandlers(supervision, describe, queues, facts, handlers),
    );
    const opened = await openSocket(listening, control, app, log);
    if (!opened) return;
    ({ path, release } = opened);
    server = listening;
    facts.name = nameAt(path);
    // For a process that exits before the cluster has stopped.
    process.once('exit', release);
    log.info('control.open', `control socket ${path}`, { path });
  }

  return {
    name: 'control socket',
    start,
    /** Before a deploy puts other files in their place. */
    preload: loadCaptures,
    async stopped() {
      process.off('exit', release);
      await logCalls.lastLinesTold();
      await server?.close();
      release();
    },
  };
}
