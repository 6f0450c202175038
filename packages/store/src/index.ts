export * from './errors.js';
export { createSharedStore, type SharedStoreOptions } from './shared-store.js';
export type {
  Expiry,
  IncrementOptions,
  IterateOptions,
  NamespaceOptions,
  RateLimit,
  RateLimitRule,
  RateLimitVerdict,
  SetOptions,
  SharedStore,
  StoreEvents,
  StoreStatus,
  StoreView,
  UnboundedIncrementOptions,
} from './store.js';
export {
  type RedisClient,
  resolveStoreTarget,
  type StoreTarget,
  type TargetOptions,
} from './target.js';
