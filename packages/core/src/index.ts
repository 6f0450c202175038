export { createBus } from '@muster/bus';
export { createSharedStore } from '@muster/store';
export type {
  Cluster,
  ClusterEvents,
  ClusterOptions,
  ClusterWorker,
  DrainOptions,
  Logger,
  ReadyOptions,
  RestartOptions,
  StoreWiring,
  WorkerCode,
  WorkerExit,
  WorkerInfo,
  WorkerState,
} from './cluster.js';
export { exitCodes } from './cluster.js';
export { ClusterMisuseError, WorkerStartError } from './errors.js';
export { type WorkerIdentity, worker } from './identity.js';
export { startCluster } from './start-cluster.js';
export { onDrain } from './worker/drain.js';
export { ready } from './worker/lifecycle.js';
