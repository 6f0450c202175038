// Forks one worker, with everything that its process gets.
import cluster, { type Worker } from 'node:cluster';
import { isatty } from 'node:tty';
import { assignMember, channelEnv, offerChannel } from '@muster/bus/assign-member';
import { memberEnv } from '@muster/bus/member-env';
import { OWNER_ENV } from '@muster/store/cluster';
import { AUTO_WITH_SERVER } from '../../channel/lifecycle-message.js';
import type { ForkSettings } from '../../cluster-extension.js';
import { raiseListenerLimit } from '../../process/listener-limit.js';
import type { WorkerIdentity } from '../../worker-status.js';
import { type ConnectionGate, watchHandoffs } from '../guard/handoffs.js';
import { type GuardReport, guardWorker } from '../guard/worker-guard.js';
import type { ResolvedRole } from '../options/role-options.js';
import { inspectorFlags } from './inspector-flags.js';
import { watchListening } from './listening-sockets.js';
import type { Release } from './release.js';
import { type CapturedOutput, captureOutput, stdioOf } from './worker-output.js';

/** Makes `#primary` of package.json load nothing: a worker has no use for the files of a primary. */
const AS_WORKER = '--conditions=muster-worker';

/** What a service manager gave the primary. A worker that answered would speak for the whole cluster. */
const OF_PRIMARY = { NOTIFY_SOCKET: undefined, WATCHDOG_USEC: undefined, WATCHDOG_PID: undefined };

export interface ForkOptions {
  readonly role: ResolvedRole;
  readonly identity: WorkerIdentity;
  readonly release: Release;
  /** The owner of its locks in the store. */
  readonly owner: string;
  /** Whether its stdout passes through the primary, as its stderr does. */
  readonly keepsOutput: boolean;
  /** The title that `ps` shows. */
  readonly title: string;
  /** Whether it must listen before it is ready, whatever the options say. */
  readonly awaitsServer: boolean;
  /** Milliseconds of rest after which it is ready without a server. */
  readonly settleMs: number;
  /** Whether another process is still in this slot. */
  readonly overlaps: boolean;
  readonly gate: ConnectionGate;
  readonly guard: GuardReport;
  /** These override everything else. */
  readonly settings: Required<ForkSettings>;
}

export interface Fork {
  readonly worker: Worker;
  readonly output: CapturedOutput;
  /** See inspector-flags.ts. */
  readonly opensInspectorInSecret: boolean;
}

export function forkWorker(options: ForkOptions): Fork {
  const { role, identity, release, settings } = options;
  const env = { ...release.env, ...settings.env };
  const execArgv = [...role.execArgv(identity), ...settings.execArgv];
  const inspector = inspectorFlags({
    execArgv,
    nodeOptions: env.NODE_OPTIONS ?? process.env.NODE_OPTIONS,
    slot: identity.slot,
    overlaps: options.overlaps,
  });
  // Node's default differs on Windows, and with NODE_CLUSTER_SCHED_POLICY.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // Every setting each time, because node:cluster keeps the previous ones.
  cluster.setupPrimary({
    exec: role.code.kind === 'module' ? role.code.entry : release.file,
    // Not in the types, but in Node since 16.
    ...{ cwd: release.cwd },
    execArgv: [...execArgv, ...inspector.execArgv, AS_WORKER],
    args: [...role.args],
    stdio: stdioOf(options.keepsOutput),
    inspectPort: inspector.port,
  });
  const worker = cluster.fork({
    ...colors(),
    NODE_APP_INSTANCE: String(identity.slot),
    ...env,
    ...memberEnv(identity),
    ...channelEnv(),
    [OWNER_ENV]: options.owner,
    MUSTER_TITLE: options.title,
    // Set in both cases: this primary may itself have been started by a worker, and inherited its environment.
    MUSTER_WORKER_FILE: role.code.kind === 'module' ? release.file : '',
    MUSTER_INSPECTOR: inspector.execArgv.length > 0 ? 'secret' : '',
    MUSTER_READY: options.awaitsServer ? AUTO_WITH_SERVER : role.ready.when,
    MUSTER_SETTLE_MS: String(options.settleMs),
    MUSTER_SETTLE_MOST_MS: String(role.ready.timeoutMs / 2),
    MUSTER_DRAIN_TIMEOUT_MS: String(role.drainTimeoutMs),
    MUSTER_DRAIN_PACE_MS: String(role.drainPaceMs),
    MUSTER_DRAIN_SIGNAL: String(role.drainSignal),
    ...OF_PRIMARY,
  });
  raiseListenerLimit(worker, worker.process);
  // Before anybody else listens to the worker.
  guardWorker(worker, watchHandoffs(worker, options.gate), options.guard);
  offerChannel(worker);
  assignMember(worker, identity);
  watchListening(worker);
  return {
    worker,
    output: captureOutput(worker.process),
    opensInspectorInSecret: inspector.opensInSecret,
  };
}

/** A worker's outputs may be pipes, and end up on a terminal all the same. */
function colors(): Record<string, string> {
  const { FORCE_COLOR, NO_COLOR } = process.env;
  const said = FORCE_COLOR !== undefined || NO_COLOR !== undefined;
  // The streams are not opened for this: that takes two milliseconds of a start.
  if (said || !isatty(1) || !isatty(2)) return {};
  const depth = process.stderr.getColorDepth();
  return depth > 1 ? { FORCE_COLOR: { 4: '1', 8: '2' }[depth] ?? '3' } : {};
}
