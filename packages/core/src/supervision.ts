// `@muster/core/cluster`: all of this package but the bus and the store.
export type {
  Cluster,
  ClusterEvents,
  ClusterWorker,
  OperationOptions,
  ReloadOptions,
  ReloadResult,
} from './cluster.js';
export { exitCodes } from './cluster.js';
export type {
  ClusterExtension,
  ExtensionContext,
  ForkSettings,
  Log,
  Removal,
  ReplaceOptions,
  Report,
} from './cluster-extension.js';
export type {
  AdminOptions,
  ClusterOptions,
  ConsoleOptions,
  ControlOptions,
  DrainOptions,
  Environment,
  GiveUpOptions,
  HealthOptions,
  LogFields,
  Logger,
  LogOptions,
  ReadyOptions,
  ReadyWhen,
  ReloadPolicyOptions,
  RestartOptions,
  RestartType,
  RoleOptions,
  StickyOptions,
  StoreWiring,
  WorkerCode,
  WorkerRange,
} from './cluster-options.js';
export type {
  AppConfig,
  AppSettings,
  AppsConfig,
  Config,
  ConfigContext,
  ConfigFunction,
  RoleConfig,
} from './config.js';
export { defineConfig } from './config.js';
export {
  AdminListenError,
  ClusterMisuseError,
  ClusterStoppedError,
  ConsoleError,
  EnvironmentError,
  InvalidOptionError,
  ReloadFailedError,
  type StartFailure,
  type StartFailureReason,
  WorkerStartError,
} from './errors.js';
export type { Hooks } from './hooks.js';
export { startCluster } from './start-cluster.js';
export { onDrain } from './worker/drain/drain-listeners.js';
export { worker } from './worker/identity.js';
export { ready } from './worker/lifecycle.js';
export { exposeRegistry, type MetricsRegistry } from './worker/metrics/registries.js';
export type {
  AutoscaleStatus,
  ClusterStatus,
  Degradation,
  Hang,
  RoleStatus,
  StackFrame,
  WorkerExit,
  WorkerIdentity,
  WorkerInfo,
  WorkerState,
  WorkerStatus,
  WorkerVitals,
} from './worker-status.js';
