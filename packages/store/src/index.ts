export type { StoreCall } from './diagnostics.js';
export * from './errors.js';
export { createSharedStore, type SharedStoreOptions } from './shared-store.js';
export type {
  Cache,
  CacheGetOptions,
  CacheOptions,
  ChangeListener,
  Expiry,
  IncrementOptions,
  IterateOptions,
  LeaderOptions,
  Leadership,
  LoadContext,
  Lock,
  LockOptions,
  NamespaceOptions,
  RateLimit,
  RateLimitRule,
  RateLimitVerdict,
  Semaphore,
  SemaphoreRule,
  SetOptions,
  SharedStore,
  StoreChange,
  StoreEvents,
  StoreStatus,
  StoreView,
  UnboundedIncrementOptions,
  WatchOptions,
  WatchTarget,
} from './store.js';
export {
  type RedisClient,
  resolveStoreTarget,
  type StoreTarget,
  type TargetOptions,
} from './target.js';
